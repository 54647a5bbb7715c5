export { ExpositionError } from './error.js';
export { seriesKey, sumOf, valueOf } from './model.js';
export type { IParsedFamily, IParsedSample } from './model.js';
export { parseOpenMetrics } from './openmetrics.js';
export { parseText } from './text.js';
