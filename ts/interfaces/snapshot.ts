import type { TCloseReason, TDnsTransport, TRouterEventName } from './events.js';

/** Fixed buckets, not cumulative. `counts` has one entry more than `edges`: what is above the last edge. */
export interface IHistogramSnapshot {
  /** Upper bounds, inclusive, in the metric's base unit (seconds, bytes). */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

export interface ITopEntry {
  readonly key: string;
  /** Never below the truth, and above it by at most `maxError` (Space-Saving; Metwally et al. 2005). */
  readonly count: number;
  readonly maxError: number;
}

export interface ITopListSnapshot {
  /** Descending by count, at most the list's `shown`. */
  readonly entries: readonly ITopEntry[];
  /** The largest error an entry of the whole list can have. */
  readonly maxError: number;
  readonly capacity: number;
}

/** Means of the last complete seconds. `null`: no complete second yet, or not measured for this route. */
export interface IRates {
  /** At most 10; fewer just after the start. */
  readonly windowSeconds: number;
  readonly connectionsPerSecond: number | null;
  readonly requestsPerSecond: number | null;
  readonly bytesInPerSecond: number | null;
  readonly bytesOutPerSecond: number | null;
}

/** 60 complete slots, oldest first; `null` for slots before the start. */
export interface IHistory {
  /** 1 or 60. */
  readonly slotSeconds: number;
  /** Unix time in ms of the end of the last slot. */
  readonly until: number;
  /** Amounts in each slot (not per second): `opened`, `closed`, `requests`, `bytesIn`, `bytesOut`; `queries`. */
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
}

export interface IRequestCount {
  readonly method: string;
  /** Status code as text, or `aborted`. */
  readonly code: string;
  readonly count: number;
}

export interface IRequestsSnapshot {
  readonly started: number;
  readonly finished: number;
  readonly aborted: number;
  readonly inFlight: number;
  readonly byCode: readonly IRequestCount[];
  /** Seconds. */
  readonly duration: IHistogramSnapshot | null;
}

/** `null` everywhere means: not measured for this route. */
export interface IRouteSnapshot {
  readonly name: string;
  readonly source: 'wrapped' | 'forwarded';
  /** False for `_unrouted`, `_overflow`, `_retired` and routes that are no longer configured but still have connections. */
  readonly configured: boolean;
  readonly active: number | null;
  /** Connections opened since the manager was constructed. */
  readonly total: number | null;
  readonly closed: number | null;
  /** Reasons that occurred. */
  readonly closedByReason: Readonly<Partial<Record<TCloseReason, number>>> | null;
  readonly bytesIn: number | null;
  readonly bytesOut: number | null;
  readonly sendQueueBytes: number | null;
  readonly halfOpen: number | null;
  readonly reaped: number | null;
  readonly massCloses: number | null;
  readonly handlerErrors: number | null;
  /** Age of the oldest open connection, in complete seconds; `null` when none is open. */
  readonly oldestSeconds: number | null;
  readonly upgradedActive: readonly { readonly protocol: string; readonly count: number }[];
  /** `null` until a request was attributed to this route. */
  readonly requests: IRequestsSnapshot | null;
  /** Seconds; `null` until a connection has closed. */
  readonly connectionDuration: IHistogramSnapshot | null;
  readonly backendConnectErrors: number | null;
  readonly backendRetries: number | null;
  /** Unix time in ms; `null`: never. */
  readonly lastOpenedAt: number | null;
  readonly lastClosedAt: number | null;
  readonly rates: IRates;
}

export interface IProxySnapshot {
  readonly active: number;
  readonly pending: number | null;
  readonly opened: number;
  readonly closed: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** A manager makes them when they are first read, as they were at the moment of the snapshot. */
  readonly routes: readonly IRouteSnapshot[];
  readonly rates: IRates;
  readonly tlsHandshakeErrors: number | null;
  readonly certificates: readonly { readonly domain: string; readonly expiresAt: number }[] | null;
  readonly topClientsByConnections: ITopListSnapshot | null;
  readonly topClientsByBytes: ITopListSnapshot | null;
  readonly forwardedStaleSeconds: number | null;
  readonly history: readonly IHistory[];
}

export interface IDnsCacheSnapshot {
  readonly hits: number;
  readonly coalesced: number;
  readonly misses: number;
  readonly bypass: number;
  /** `hit / (hit + coalesced + miss)`; `null` before the first of these. */
  readonly hitRate: number | null;
  readonly entries: number | null;
  readonly bytes: number | null;
  readonly evictions: number | null;
}

export interface IDnsSnapshot {
  readonly queries: number;
  readonly responses: number;
  readonly unanswered: number;
  readonly dropped: readonly { readonly reason: string; readonly count: number }[];
  readonly rejected: readonly { readonly reason: string; readonly count: number }[];
  readonly inFlight: number;
  readonly queriesByType: readonly {
    readonly transport: TDnsTransport;
    readonly type: string;
    readonly count: number;
  }[];
  /** `code` is `unknown` where the host does not tell it. */
  readonly responsesByCode: readonly {
    readonly transport: TDnsTransport;
    readonly code: string;
    readonly count: number;
  }[];
  readonly handlers: readonly { readonly pattern: string; readonly calls: number; readonly errors: number }[];
  readonly unwrappedHandlers: number | null;
  /** Seconds. */
  readonly duration: readonly { readonly transport: TDnsTransport; readonly histogram: IHistogramSnapshot }[];
  /** Octets. */
  readonly requestSize: readonly { readonly transport: TDnsTransport; readonly histogram: IHistogramSnapshot }[];
  readonly responseSize: readonly { readonly transport: TDnsTransport; readonly histogram: IHistogramSnapshot }[];
  /** `null`: no cache was observed. */
  readonly cache: IDnsCacheSnapshot | null;
  readonly topDomains: ITopListSnapshot;
  /** Names that no handler had an answer for. */
  readonly topDomainsByUnanswered: ITopListSnapshot;
  /** By the time their answers took together, in milliseconds; `null` until a response time was measured. */
  readonly topDomainsByTime: ITopListSnapshot | null;
  /** One list for each response code that is an error (not `NOERROR`) and occurred. */
  readonly topDomainsByCode: readonly { readonly code: string; readonly list: ITopListSnapshot }[];
  /** `null` where no client address is known (handler mode, privacy `none`). */
  readonly topClients: ITopListSnapshot | null;
  readonly queriesPerSecond: number | null;
  readonly windowSeconds: number;
  readonly history: readonly IHistory[];
}

/** `null`: this source does not tell it. */
export interface IProcessSnapshot {
  readonly source: 'node' | 'smartmetrics';
  readonly cpuPercentage: number | null;
  readonly memoryPercentage: number | null;
  readonly memoryUsageBytes: number | null;
  readonly heapUsedBytes: number | null;
  readonly uptimeSeconds: number;
}

export interface IInvariantSnapshot {
  readonly name: string;
  /** Whether it holds at this read. */
  readonly ok: boolean;
  /** Reads at which it did not hold. */
  readonly violations: number;
  /** Both sides, when it does not hold. */
  readonly detail: string | null;
}

export interface ISelfSnapshot {
  /** Unix time in ms of the oldest last pass among the sources; `null` before the first. */
  readonly sampledAt: number | null;
  readonly sampleAgeSeconds: number | null;
  readonly overflow: readonly { readonly limit: string; readonly count: number }[];
  readonly events: readonly { readonly event: TRouterEventName; readonly count: number }[];
  readonly listenerErrors: number;
  readonly invariants: readonly IInvariantSnapshot[];
}

/** What every reader consumes: plain, frozen data of one moment. */
export interface IRouterSnapshot {
  readonly schemaVersion: 1;
  /** Tells one process from another: host name and process id unless configured. */
  readonly instance: string;
  readonly version: string;
  /** Unix time in ms. */
  readonly takenAt: number;
  readonly startedAt: number;
  readonly uptimeSeconds: number;
  /** `null`: no proxy is observed. */
  readonly proxy: IProxySnapshot | null;
  /** `null`: no DNS server is observed. */
  readonly dns: IDnsSnapshot | null;
  readonly process: IProcessSnapshot;
  readonly self: ISelfSnapshot;
}

/** Whatever gives snapshots: a MetricsManager, or something that merges many. */
export interface ISnapshotSource {
  snapshot(): IRouterSnapshot;
  /** Does most of the next snapshot's work ahead, with pauses for the process's other work. Changes no figure. */
  prepare?(): Promise<void>;
}
