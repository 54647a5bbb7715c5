export { routeStatsSchema, statsSchema } from '../schema/statsschema.js';
export type { IExporter } from './app.js';
export { OpsHandler } from './classes.opshandler.js';
export { OpsServer } from './classes.opsserver.js';
export type { IAuthOptions } from './classes.tokenguard.js';
export type { TNodeListener } from './nodelistener.js';
export type { IOpsHandlerOptions, IOpsServerOptions, ITlsOptions } from './options.js';
