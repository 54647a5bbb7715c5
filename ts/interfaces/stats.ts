import type { TCloseReason, TDnsTransport } from './events.js';
import type {
  IDnsCacheSnapshot,
  IHistogramSnapshot,
  IHistory,
  IInvariantSnapshot,
  IProcessSnapshot,
  IRates,
  IRequestCount,
} from './snapshot.js';

/** What `getStats()` returns: plain JSON. `null` means not measured; it is never a made-up 0. */
export interface IRouterStats {
  readonly schemaVersion: 1;
  readonly instance: string;
  readonly version: string;
  /** Unix time in ms. */
  readonly takenAt: number;
  readonly startedAt: number;
  readonly uptimeSeconds: number;
  readonly proxy: IProxySection | null;
  readonly dns: IDnsSection | null;
  readonly process: IProcessSnapshot;
  readonly self: ISelfSection;
}

export interface ITopClient {
  readonly client: string;
  readonly count: number;
  readonly maxError: number;
}

export interface ITopDomain {
  readonly domain: string;
  readonly count: number;
  readonly maxError: number;
}

/** Seconds. The quantiles are estimates by linear interpolation within the bucket that holds them. */
export interface IDurationStats {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly histogram: IHistogramSnapshot;
}

export interface IRouteStats {
  readonly name: string;
  readonly source: 'wrapped' | 'forwarded';
  readonly configured: boolean;
  readonly active: number | null;
  readonly total: number | null;
  readonly closed: number | null;
  readonly closedByReason: Readonly<Partial<Record<TCloseReason, number>>> | null;
  readonly bytesIn: number | null;
  readonly bytesOut: number | null;
  readonly sendQueueBytes: number | null;
  readonly halfOpen: number | null;
  readonly reaped: number | null;
  readonly massCloses: number | null;
  readonly handlerErrors: number | null;
  readonly oldestSeconds: number | null;
  readonly upgradedActive: Readonly<Record<string, number>>;
  readonly requests: {
    readonly started: number;
    readonly finished: number;
    readonly aborted: number;
    readonly inFlight: number;
    readonly byCode: readonly IRequestCount[];
    readonly duration: IDurationStats | null;
  } | null;
  readonly connectionDuration: IDurationStats | null;
  readonly backendConnectErrors: number | null;
  readonly backendRetries: number | null;
  readonly lastOpenedAt: number | null;
  readonly lastClosedAt: number | null;
  readonly neverHit: boolean;
  readonly rates: IRates;
}

export interface IProxySection {
  /** Of wrapped routes, and of forwarded ones whose host tells. */
  readonly activeConnections: number;
  readonly pendingConnections: number | null;
  /** Of wrapped routes, and of forwarded ones whose host tells. */
  readonly totalConnections: number;
  /** Of wrapped routes, as the bytes and rates are: hosts tell no such figures of forwarded ones. */
  readonly closedConnections: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly rates: IRates;
  readonly routes: readonly IRouteStats[];
  readonly tlsHandshakeErrors: number | null;
  readonly certificates: readonly { readonly domain: string; readonly expiresAt: number }[] | null;
  readonly topClientsByConnections: readonly ITopClient[] | null;
  readonly topClientsByBytes: readonly ITopClient[] | null;
  readonly forwardedStaleSeconds: number | null;
  readonly history: readonly IHistory[];
}

export interface IDnsSection {
  readonly totalQueries: number;
  readonly totalResponses: number;
  readonly unanswered: number;
  readonly inFlight: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly rejected: Readonly<Record<string, number>>;
  readonly queriesPerSecond: number | null;
  readonly windowSeconds: number;
  readonly queryTypes: Readonly<Record<string, number>>;
  readonly transports: Readonly<Partial<Record<TDnsTransport, number>>>;
  /** `null` where the host does not tell response codes. */
  readonly responseCodes: Readonly<Record<string, number>> | null;
  readonly cache: IDnsCacheSnapshot | null;
  readonly duration: IDurationStats | null;
  /** By queries. */
  readonly topDomains: readonly ITopDomain[];
  /** Names that no handler had an answer for. */
  readonly topDomainsByUnanswered: readonly ITopDomain[];
  /** By the time their answers took together; `count` is in milliseconds. `null` until a response time was measured. */
  readonly topDomainsByTime: readonly ITopDomain[] | null;
  /** By response code: those that are errors (not `NOERROR`) and occurred. */
  readonly topDomainsByCode: Readonly<Record<string, readonly ITopDomain[]>>;
  readonly topClients: readonly ITopClient[] | null;
  readonly handlers: readonly { readonly pattern: string; readonly calls: number; readonly errors: number }[];
  readonly unwrappedHandlers: number | null;
  readonly history: readonly IHistory[];
}

export interface ISelfSection {
  readonly sampledAt: number | null;
  readonly sampleAgeSeconds: number | null;
  readonly overflow: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
  readonly listenerErrors: number;
  readonly invariants: readonly IInvariantSnapshot[];
}

/** The read side of the original proposal for the proxy. */
export interface IProxyStats {
  getActiveConnections(): number;
  getConnectionsByRoute(): Map<string, number>;
  getTotalConnections(): number;
  /** HTTP requests of observed servers; 0 while none was seen. */
  getRequestsPerSecond(): number;
  /** Bytes per second, mean of the last 10 complete seconds. */
  getThroughput(): { bytesIn: number; bytesOut: number };
}

/** The read side of the original proposal for DNS. */
export interface IDnsStats {
  getTotalQueries(): number;
  getQueriesPerSecond(): number;
  /** `null`: there is no cache. */
  getCacheStats(): { hits: number; misses: number; hitRate: number } | null;
  getTopDomains(limit: number): { domain: string; count: number }[];
  getQueryTypeBreakdown(): Record<string, number>;
}
