export { MetricsAwareProxy, type IMetricsAwareProxyOptions, type IWrapOptions } from './classes.metricsawareproxy.js';
export type { TByteBase } from './classes.connection.js';
