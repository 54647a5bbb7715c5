export { MetricsAwareDns, type IDnsCache, type IMetricsAwareDnsOptions } from './classes.metricsawaredns.js';
export { createFrontedDns, type IFrontedDnsOptions } from './createfronteddns.js';
export type { IFrontAddresses } from './front/classes.dnsfront.js';
export type { IFrontAddress } from './front/address.js';
export type { IFrontDohAddress } from './front/doh/options.js';
export type { IDnsCacheOptions, IDnsFrontOptions } from './front/options.js';
export type { IDnsAnswer, IDnsQuestion, IDnsServer, TDnsHandler } from '../interfaces/smartdns.js';
