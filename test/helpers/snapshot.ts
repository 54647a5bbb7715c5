import type {
  IDnsSnapshot,
  IHistogramSnapshot,
  IHistory,
  IProxySnapshot,
  IRates,
  IRouteSnapshot,
  IRouterSnapshot,
  ITopListSnapshot,
} from '../../ts/interfaces/snapshot.js';
import {
  CONNECTION_DURATION_EDGES,
  DNS_DURATION_EDGES,
  DNS_REQUEST_SIZE_EDGES,
  DNS_RESPONSE_SIZE_EDGES,
  REQUEST_DURATION_EDGES,
} from '../../ts/shared/buckets.js';

/** Hand-made snapshots: one in which everything was measured, one in which nothing was. */

/** 2026-01-02T03:04:05Z */
export const TAKEN_AT = 1767323045000;

/** What a histogram holds after these observations. */
export function histogramOf(edges: readonly number[], observations: readonly number[]): IHistogramSnapshot {
  const counts = Array<number>(edges.length + 1).fill(0);
  for (const observation of observations) {
    const index = edges.findIndex((edge) => observation <= edge);
    const slot = index < 0 ? edges.length : index;
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return { edges, counts, sum: observations.reduce((sum, one) => sum + one, 0), count: observations.length };
}

const NO_RATES: IRates = {
  windowSeconds: 10,
  connectionsPerSecond: null,
  requestsPerSecond: null,
  bytesInPerSecond: null,
  bytesOutPerSecond: null,
};

const HISTORY: readonly IHistory[] = [
  { slotSeconds: 1, until: TAKEN_AT, series: { opened: Array<number | null>(60).fill(null).fill(2, 50) } },
  { slotSeconds: 60, until: TAKEN_AT, series: { opened: Array<number | null>(60).fill(null) } },
];

/** A route of which nothing is known but its name. */
export function emptyRoute(name: string): IRouteSnapshot {
  return {
    name,
    source: 'wrapped',
    configured: true,
    active: null,
    total: null,
    closed: null,
    closedByReason: null,
    bytesIn: null,
    bytesOut: null,
    sendQueueBytes: null,
    halfOpen: null,
    reaped: null,
    massCloses: null,
    handlerErrors: null,
    oldestSeconds: null,
    upgradedActive: [],
    requests: null,
    connectionDuration: null,
    backendConnectErrors: null,
    backendRetries: null,
    lastOpenedAt: null,
    lastClosedAt: null,
    rates: NO_RATES,
  };
}

/** A wrapped HTTP route in use, with everything measured. */
export function fullRoute(name: string, overrides: Partial<IRouteSnapshot> = {}): IRouteSnapshot {
  return {
    ...emptyRoute(name),
    active: 3,
    total: 10,
    closed: 7,
    closedByReason: { 'client-end': 5, 'idle-timeout': 1, unknown: 1 },
    bytesIn: 123456,
    bytesOut: 9007199254740991,
    sendQueueBytes: 4096,
    halfOpen: 1,
    reaped: 1,
    massCloses: 0,
    handlerErrors: 2,
    oldestSeconds: 125.5,
    upgradedActive: [{ protocol: 'websocket', count: 2 }],
    requests: {
      started: 9,
      finished: 6,
      aborted: 1,
      inFlight: 2,
      byCode: [
        { method: 'GET', code: '200', count: 5 },
        { method: 'POST', code: '404', count: 1 },
        { method: 'GET', code: 'aborted', count: 1 },
      ],
      duration: histogramOf(REQUEST_DURATION_EDGES, [0.001, 0.005, 0.0051, 0.3, 0.3, 11, 2]),
    },
    connectionDuration: histogramOf(CONNECTION_DURATION_EDGES, [0.004, 0.5, 120, 120.25, 59, 60, 90000]),
    backendConnectErrors: 4,
    backendRetries: 3,
    lastOpenedAt: TAKEN_AT - 1500,
    lastClosedAt: TAKEN_AT - 700,
    rates: {
      windowSeconds: 10,
      connectionsPerSecond: 0.5,
      requestsPerSecond: 0.7,
      bytesInPerSecond: 1024,
      bytesOutPerSecond: 4096.5,
    },
    ...overrides,
  };
}

/** A route that the host forwards itself: its own metrics tell connections, and rates instead of bytes. */
export function forwardedRoute(name: string): IRouteSnapshot {
  return {
    ...emptyRoute(name),
    source: 'forwarded',
    active: 6,
    total: 40,
    rates: { ...NO_RATES, bytesInPerSecond: 10, bytesOutPerSecond: 20 },
  };
}

function topList(...entries: readonly (readonly [string, number, number])[]): ITopListSnapshot {
  return {
    entries: entries.map(([key, count, maxError]) => ({ key, count, maxError })),
    maxError: 2,
    capacity: 1024,
  };
}

export function fullProxy(overrides: Partial<IProxySnapshot> = {}): IProxySnapshot {
  const routes = [fullRoute('web'), fullRoute('tcp "raw"\\', { requests: null }), forwardedRoute('mail')];
  return {
    active: 6,
    pending: 1,
    opened: 20,
    closed: 14,
    bytesIn: 246912,
    bytesOut: 18014398509481982,
    routes,
    rates: { ...NO_RATES, connectionsPerSecond: 1 },
    tlsHandshakeErrors: 5,
    certificates: [
      { domain: 'example.test', expiresAt: TAKEN_AT + 86_400_000 },
      { domain: 'example.test', expiresAt: TAKEN_AT + 3_600_000 },
      { domain: '*.example.test', expiresAt: TAKEN_AT + 86_400_500 },
    ],
    topClientsByConnections: topList(['192.0.2.1', 12, 0], ['2001:db8::1', 8, 1]),
    topClientsByBytes: topList(['192.0.2.1', 200000, 0], ['2001:db8::1', 46912, 0]),
    forwardedStaleSeconds: 1.25,
    history: HISTORY,
    ...overrides,
  };
}

export function fullDns(overrides: Partial<IDnsSnapshot> = {}): IDnsSnapshot {
  return {
    queries: 30,
    responses: 25,
    unanswered: 2,
    dropped: [
      { reason: 'overload', count: 2 },
      { reason: 'shutdown', count: 1 },
    ],
    rejected: [{ reason: 'short', count: 3 }],
    inFlight: 2,
    queriesByType: [
      { transport: 'udp', type: 'A', count: 20 },
      { transport: 'udp', type: 'AAAA', count: 6 },
      { transport: 'tcp', type: 'OTHER', count: 4 },
    ],
    responsesByCode: [
      { transport: 'udp', code: 'NOERROR', count: 22 },
      { transport: 'tcp', code: 'unknown', count: 3 },
    ],
    handlers: [
      { pattern: '*.example.test', calls: 20, errors: 1 },
      { pattern: 'a\nb', calls: 1, errors: 0 },
    ],
    unwrappedHandlers: 0,
    duration: [
      { transport: 'udp', histogram: histogramOf(DNS_DURATION_EDGES, [0.00004, 0.0001, 0.002, 0.7, 3]) },
      { transport: 'tcp', histogram: histogramOf(DNS_DURATION_EDGES, [0.004]) },
    ],
    requestSize: [{ transport: 'udp', histogram: histogramOf(DNS_REQUEST_SIZE_EDGES, [30, 40, 512, 1232, 5000]) }],
    responseSize: [{ transport: 'udp', histogram: histogramOf(DNS_RESPONSE_SIZE_EDGES, [60, 512, 1232, 65535]) }],
    cache: {
      hits: 10,
      coalesced: 2,
      misses: 12,
      bypass: 1,
      hitRate: 10 / 24,
      entries: 8,
      bytes: 2048,
      evictions: 4,
    },
    topDomains: topList(['www.example.test', 14, 0], ['a\\010b.example.test', 3, 2]),
    topDomainsByUnanswered: topList(['missing.example.test', 2, 0]),
    topDomainsByTime: topList(['slow.example.test', 712.5, 0]),
    topDomainsByCode: [{ code: 'SERVFAIL', list: topList(['broken.example.test', 1, 0]) }],
    topClients: topList(['192.0.2.53', 25, 0]),
    queriesPerSecond: 3.5,
    windowSeconds: 10,
    history: HISTORY,
    ...overrides,
  };
}

/** Everything was measured: each metric of the catalogue has at least one sample. */
export function fullSnapshot(overrides: Partial<IRouterSnapshot> = {}): IRouterSnapshot {
  return {
    schemaVersion: 1,
    instance: 'host-1',
    version: '0.1.0',
    takenAt: TAKEN_AT,
    startedAt: TAKEN_AT - 3_600_500,
    uptimeSeconds: 3600.5,
    proxy: fullProxy(),
    dns: fullDns(),
    process: {
      source: 'node',
      cpuPercentage: 2.5,
      memoryPercentage: 1.5,
      memoryUsageBytes: 64_000_000,
      heapUsedBytes: 32_000_000,
      uptimeSeconds: 3700,
    },
    self: {
      sampledAt: TAKEN_AT - 250,
      sampleAgeSeconds: 0.25,
      overflow: [{ limit: 'routes', count: 0 }],
      events: [
        { event: 'connection-open', count: 20 },
        { event: 'query-answered', count: 25 },
      ],
      listenerErrors: 1,
      invariants: [
        { name: 'connections', ok: true, violations: 0, detail: null },
        { name: 'bytes', ok: false, violations: 2, detail: '1 is not 2' },
      ],
    },
    ...overrides,
  };
}

/** Nothing is observed, nothing was measured. */
export function emptySnapshot(): IRouterSnapshot {
  const { process } = fullSnapshot();
  return fullSnapshot({
    proxy: null,
    dns: null,
    process: { ...process, cpuPercentage: null, memoryPercentage: null, memoryUsageBytes: null, heapUsedBytes: null },
    self: { sampledAt: null, sampleAgeSeconds: null, overflow: [], events: [], listenerErrors: 0, invariants: [] },
  });
}
