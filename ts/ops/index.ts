export { routeStatsSchema, statsSchema } from '../schema/statsschema.js';
export type { ITlsFiles, ITlsPair, TTlsOptions } from './certificate.js';
export { OpsHandler } from './classes.opshandler.js';
export { OpsServer } from './classes.opsserver.js';
export type { IAuthOptions } from './classes.tokenguard.js';
export type { TNodeListener } from './nodelistener.js';
export type { IExporter, IOpsHandlerOptions, IOpsServerOptions } from './options.js';
export type { IRegisterOptions } from './typedrouter.js';
export type {
  IGetConnectionsRequest,
  IGetHistoryRequest,
  IGetRouteRequest,
  IGetStatsRequest,
  IGetSystemRequest,
  IGetTopRequest,
  ITypedCall,
  ITypedRouter,
  TTypedGuard,
} from '../interfaces/typedrouter.js';
