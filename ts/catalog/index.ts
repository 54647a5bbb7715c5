export { EXPORTER_METRICS } from './self.js';
export { METRICS, SNAPSHOT_METRICS } from './table.js';
export { TOP_LIST_METRICS } from './toplists.js';
export type { IMetric, IReadContext, ISample, TAddSample, TFeed, TMetricType } from './metric.js';
