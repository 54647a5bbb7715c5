export { observeRouter } from './observerouter.js';
export type { IObservedRouter, IObserveRouterOptions, IRouterParts } from './observerouter.js';
