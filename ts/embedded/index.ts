export { EmbeddedProxy } from './classes.embeddedproxy.js';
export type { IEmbeddedProxyEvents, IEmbeddedProxyOptions, IUnroutedEvent, TWrapHandler } from './types.js';
