export { MetricsAwareDns, type IMetricsAwareDnsOptions } from './classes.metricsawaredns.js';
export type { IDnsAnswer, IDnsQuestion, IDnsServer, TDnsHandler } from '../interfaces/smartdns.js';
