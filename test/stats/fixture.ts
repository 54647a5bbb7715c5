import type {
  IDnsSnapshot,
  IHistogramSnapshot,
  IProxySnapshot,
  IRates,
  IRouterSnapshot,
  IRouteSnapshot,
} from '../../ts/interfaces/snapshot.js';

export const NOT_MEASURED: IRates = {
  windowSeconds: 10,
  connectionsPerSecond: null,
  requestsPerSecond: null,
  bytesInPerSecond: null,
  bytesOutPerSecond: null,
};

export const histogram = (edges: number[], counts: number[], sum: number): IHistogramSnapshot => ({
  edges,
  counts,
  sum,
  count: counts.reduce((total, count) => total + count, 0),
});

/** A route of which nothing was measured, but for what is given. */
export function route(name: string, fields: Partial<IRouteSnapshot> = {}): IRouteSnapshot {
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
    rates: NOT_MEASURED,
    ...fields,
  };
}

const history = { slotSeconds: 1, until: 1_700_000_000_000, series: { opened: [null, 0, 3] } };

export const PROXY: IProxySnapshot = {
  active: 3,
  pending: 1,
  opened: 10,
  closed: 7,
  bytesIn: 1_000,
  bytesOut: 2_000,
  routes: [
    route('web', {
      active: 3,
      total: 10,
      closed: 7,
      closedByReason: { 'client-end': 6, 'idle-timeout': 1 },
      bytesIn: 1_000,
      bytesOut: 2_000,
      sendQueueBytes: 0,
      halfOpen: 1,
      reaped: 0,
      massCloses: 0,
      handlerErrors: 0,
      oldestSeconds: 12.5,
      upgradedActive: [{ protocol: 'websocket', count: 2 }],
      requests: {
        started: 5,
        finished: 3,
        aborted: 1,
        inFlight: 1,
        byCode: [
          { method: 'GET', code: '200', count: 3 },
          { method: 'POST', code: 'aborted', count: 1 },
        ],
        duration: histogram([0.1, 1], [2, 1, 0], 0.4),
      },
      connectionDuration: histogram([1, 5, 15], [2, 4, 0, 1], 40),
      backendConnectErrors: 0,
      backendRetries: 0,
      lastOpenedAt: 1_700_000_000_000,
      lastClosedAt: 1_699_999_999_000,
      rates: { ...NOT_MEASURED, connectionsPerSecond: 1, bytesInPerSecond: 100, bytesOutPerSecond: 200 },
    }),
    route('idle', { active: 0, total: 0, closed: 0, closedByReason: {}, bytesIn: 0, bytesOut: 0 }),
    route('forwarded', {
      source: 'forwarded',
      active: 4,
      total: 40,
      rates: { ...NOT_MEASURED, bytesInPerSecond: 5, bytesOutPerSecond: 7 },
    }),
    route('silent', { source: 'forwarded' }),
  ],
  rates: {
    windowSeconds: 10,
    connectionsPerSecond: 1,
    requestsPerSecond: 0.5,
    bytesInPerSecond: 100,
    bytesOutPerSecond: 200,
  },
  tlsHandshakeErrors: 2,
  certificates: [{ domain: 'example.test', expiresAt: 1_800_000_000_000 }],
  topClientsByConnections: { entries: [{ key: '127.0.0.1', count: 10, maxError: 0 }], maxError: 0, capacity: 1024 },
  topClientsByBytes: null,
  forwardedStaleSeconds: 1.5,
  history: [history],
};

export const DNS: IDnsSnapshot = {
  queries: 9,
  responses: 7,
  unanswered: 1,
  dropped: [{ reason: 'overload', count: 1 }],
  rejected: [],
  inFlight: 1,
  queriesByType: [
    { transport: 'udp', type: 'A', count: 4 },
    { transport: 'tcp', type: 'A', count: 2 },
    { transport: 'udp', type: 'AAAA', count: 3 },
  ],
  responsesByCode: [
    { transport: 'udp', code: 'NOERROR', count: 4 },
    { transport: 'tcp', code: 'NOERROR', count: 2 },
    { transport: 'udp', code: 'unknown', count: 1 },
  ],
  handlers: [{ pattern: '*.example.test', calls: 7, errors: 0 }],
  unwrappedHandlers: 0,
  duration: [
    { transport: 'udp', histogram: histogram([0.001, 0.01], [4, 1, 0], 0.008) },
    { transport: 'tcp', histogram: histogram([0.001, 0.01], [0, 1, 1], 0.03) },
  ],
  requestSize: [],
  responseSize: [],
  cache: { hits: 6, coalesced: 1, misses: 2, bypass: 0, hitRate: 6 / 9, entries: 2, bytes: 300, evictions: 0 },
  topDomains: {
    entries: [
      { key: 'a.example.test', count: 6, maxError: 0 },
      { key: 'b.example.test', count: 3, maxError: 1 },
    ],
    maxError: 1,
    capacity: 2,
  },
  topDomainsByUnanswered: {
    entries: [{ key: 'missing.example.test', count: 1, maxError: 0 }],
    maxError: 0,
    capacity: 2,
  },
  topDomainsByTime: { entries: [{ key: 'b.example.test', count: 38.5, maxError: 0 }], maxError: 0, capacity: 2 },
  topDomainsByCode: [
    {
      code: 'SERVFAIL',
      list: { entries: [{ key: 'a.example.test', count: 2, maxError: 1 }], maxError: 1, capacity: 2 },
    },
  ],
  topClients: null,
  queriesPerSecond: 0.9,
  windowSeconds: 10,
  history: [history],
};

export const SNAPSHOT: IRouterSnapshot = {
  schemaVersion: 1,
  instance: 'test-1',
  version: '0.0.0',
  takenAt: 1_700_000_000_500,
  startedAt: 1_699_999_000_000,
  uptimeSeconds: 1_000.5,
  proxy: PROXY,
  dns: DNS,
  process: {
    source: 'node',
    cpuPercentage: null,
    memoryPercentage: null,
    memoryUsageBytes: 50_000_000,
    heapUsedBytes: 20_000_000,
    uptimeSeconds: 1_001,
  },
  self: {
    sampledAt: 1_700_000_000_000,
    sampleAgeSeconds: 0.5,
    overflow: [{ limit: 'routes', count: 0 }],
    events: [{ event: 'connection-open', count: 10 }],
    listenerErrors: 0,
    invariants: [{ name: 'connections', ok: true, violations: 0, detail: null }],
  },
};

/** A source of one snapshot, frozen to the bottom: a reader that changes anything throws. */
export const sourceOf = (snapshot: IRouterSnapshot): { snapshot: () => IRouterSnapshot } => {
  const frozen = deepFreeze(structuredClone(snapshot));
  return { snapshot: () => frozen };
};

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
