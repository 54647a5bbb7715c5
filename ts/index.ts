export { MetricsManager } from './manager/classes.metricsmanager.js';
export { MetricsAwareProxy } from './proxy/index.js';
export { RoutemeterError } from './shared/errors.js';
export { dnsStats, proxyStats } from './stats/index.js';

export type { IMetricsManagerOptions } from './manager/settings.js';
export type { IMetricsAwareProxyOptions, IWrapOptions, TByteBase } from './proxy/index.js';
export type { TErrorCode } from './shared/errors.js';
export type {
  ICacheEvent,
  IConnectionCloseEvent,
  IConnectionOpenEvent,
  IConnectionUpgradeEvent,
  IDnsEvents,
  IHandlerErrorEvent,
  IPacketRejectedEvent,
  IProxyEvents,
  IQueryAnsweredEvent,
  IQueryDroppedEvent,
  IQueryReceivedEvent,
  IRequestEvent,
  IRequestStartEvent,
  ITrafficEvent,
  TCacheResult,
  TCloseReason,
  TConnectionType,
  TDnsTransport,
  TDropReason,
  TRouterEventName,
} from './interfaces/events.js';
export type { IClock, ILimits, ILogger, ITopListOptions, TPrivacy } from './interfaces/options.js';
export type { ISmartMetrics } from './interfaces/smartmetrics.js';
export type {
  IHostMetrics,
  IProxyHost,
  IRouteAction,
  IRouteConfig,
  IRouteContext,
  IRouteMatch,
  IRouteTarget,
  IRouteTls,
  IWrappableRoute,
  TPortRange,
  TSocketHandler,
} from './interfaces/smartproxy.js';
export type {
  IDnsCacheSnapshot,
  IDnsSnapshot,
  IHistogramSnapshot,
  IHistory,
  IInvariantSnapshot,
  IProcessSnapshot,
  IProxySnapshot,
  IRates,
  IRequestCount,
  IRequestsSnapshot,
  IRouterSnapshot,
  IRouteSnapshot,
  ISelfSnapshot,
  ISnapshotSource,
  ITopEntry,
  ITopListSnapshot,
} from './interfaces/snapshot.js';
export type {
  IDnsHandlerReading,
  IDnsReadings,
  IDnsSource,
  IEventSource,
  IForwardedReading,
  IForwardedRoute,
  IHostCounters,
  IProxyReadings,
  IProxySource,
  ISubscribeOptions,
  TListener,
} from './interfaces/source.js';
export type {
  IDnsSection,
  IDnsStats,
  IDurationStats,
  IProxySection,
  IProxyStats,
  IRouterStats,
  IRouteStats,
  ISelfSection,
  ITopClient,
  ITopDomain,
} from './interfaces/stats.js';
