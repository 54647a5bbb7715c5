import { z } from './plugins.js';

/*
 * Strict objects throughout: a field that the schema does not name is a field nobody promised. Numbers are finite by
 * zod's own rule, so that NaN and Infinity, which JSON cannot carry, are refused too.
 */

const count = (what: string) => z.int().nonnegative().describe(what);
const amount = (what: string) => z.number().nonnegative().describe(what);
const unixMs = (what: string) => z.number().nonnegative().describe(`${what}; Unix time in ms`);
const counts = (what: string) => z.record(z.string(), z.int().nonnegative()).describe(what);
const list = <T extends z.ZodType>(entry: T, what: string) => z.array(entry).readonly().describe(what);

const closeReason = z.enum([
  'client-end',
  'client-reset',
  'server-end',
  'server-destroy',
  'idle-timeout',
  'handler-error',
  'backend-error',
  'tls-error',
  'no-route',
  'limit',
  'shutdown',
  'unknown',
]);

const transport = z.enum(['udp', 'tcp', 'https', 'unknown']);

const histogram = z
  .strictObject({
    edges: list(z.number(), 'upper bounds, inclusive, in seconds or octets'),
    counts: list(z.int().nonnegative(), 'observations of each bucket, not cumulative; one more than edges'),
    sum: z.number().describe('sum of all observations'),
    count: count('number of observations'),
  })
  .describe('fixed buckets');

const duration = z
  .strictObject({
    count: count('number of observations'),
    mean: amount('seconds'),
    p50: amount('seconds, estimated by linear interpolation within the bucket, never above the last edge'),
    p90: amount('seconds, estimated as p50'),
    p99: amount('seconds, estimated as p50'),
    histogram,
  })
  .describe('durations in seconds');

const rates = z
  .strictObject({
    windowSeconds: amount('complete seconds that the rates are means of, at most 10'),
    connectionsPerSecond: amount('connections opened per second').nullable(),
    requestsPerSecond: amount('HTTP requests per second').nullable(),
    bytesInPerSecond: amount('bytes received per second').nullable(),
    bytesOutPerSecond: amount('bytes sent per second').nullable(),
  })
  .describe('means of the last complete seconds; null: no complete second yet, or not measured');

/** One entry of the `history` lists. */
export const historySchema = z
  .strictObject({
    slotSeconds: amount('length of a slot: 1 or 60'),
    until: unixMs('end of the last slot'),
    series: z
      .record(z.string(), list(z.number().nullable(), 'oldest first; null for slots before the start'))
      .describe('one list of values for each figure'),
  })
  .describe('complete slots for charts');

const topClient = z.strictObject({
  client: z.string().describe('address, as privacy leaves it'),
  count: amount('never below the truth, above it by at most maxError'),
  maxError: amount('largest possible excess of count'),
});

const topDomain = z.strictObject({
  domain: z.string().describe('query name in presentation form, lower case'),
  count: amount('never below the truth, above it by at most maxError'),
  maxError: amount('largest possible excess of count'),
});

const requestCount = z.strictObject({
  method: z.string().describe('registered HTTP method, else _OTHER'),
  code: z.string().describe('status code, or aborted'),
  count: count('requests'),
});

const requests = z
  .strictObject({
    started: count('requests that began'),
    finished: count('requests whose response was finished'),
    aborted: count('requests whose response was not'),
    inFlight: count('requests under way'),
    byCode: list(requestCount, 'ended requests by method and code'),
    duration: duration.nullable(),
  })
  .describe('HTTP requests of observed servers');

/** One entry of `proxy.routes` of `getStats()`. */
export const routeStatsSchema = z
  .strictObject({
    name: z.string().describe('key of the route, or _unrouted, _overflow, _retired'),
    source: z.enum(['wrapped', 'forwarded']).describe('counted by us, or read from the host'),
    configured: z.boolean().describe('whether the route is in the present configuration'),
    active: count('connections open').nullable(),
    total: count('connections opened since the manager was constructed').nullable(),
    closed: count('connections closed').nullable(),
    closedByReason: z.partialRecord(closeReason, z.int().nonnegative()).describe('reasons that occurred').nullable(),
    bytesIn: count('application bytes received').nullable(),
    bytesOut: count('application bytes sent').nullable(),
    sendQueueBytes: count('bytes written and not yet handed to the kernel').nullable(),
    halfOpen: count('connections of which one side has ended').nullable(),
    reaped: count('connections found destroyed by the sweep').nullable(),
    massCloses: count('seconds in which a large part of the open connections ended').nullable(),
    handlerErrors: count('handlers that threw or rejected').nullable(),
    oldestSeconds: amount('age of the oldest open connection, in complete seconds').nullable(),
    upgradedActive: counts('open upgraded connections by protocol'),
    requests: requests.nullable(),
    connectionDuration: duration.nullable(),
    backendConnectErrors: count('failed connects to a target').nullable(),
    backendRetries: count('connects repeated with another target').nullable(),
    lastOpenedAt: unixMs('last open').nullable(),
    lastClosedAt: unixMs('last close').nullable(),
    neverHit: z.boolean().describe('no connection was ever counted; false where the host does not tell'),
    rates,
  })
  .describe('one route; null: not measured for it');

const proxy = z
  .strictObject({
    activeConnections: count('connections open, on wrapped routes and on forwarded ones whose host tells'),
    pendingConnections: count('accepted and not yet handed to a route').nullable(),
    totalConnections: count('connections opened since the manager was constructed, of the same routes'),
    closedConnections: count('connections closed, on wrapped routes'),
    bytesIn: count('application bytes received'),
    bytesOut: count('application bytes sent'),
    rates,
    routes: list(routeStatsSchema, 'every route, wrapped and forwarded'),
    tlsHandshakeErrors: count('TLS handshakes that failed').nullable(),
    certificates: list(
      z.strictObject({ domain: z.string(), expiresAt: z.number().describe('Unix time in ms') }),
      'certificates of the host',
    ).nullable(),
    topClientsByConnections: list(topClient, 'clients by connections').nullable(),
    topClientsByBytes: list(topClient, 'clients by bytes').nullable(),
    forwardedStaleSeconds: amount('age of the readings of forwarded routes').nullable(),
    history: list(historySchema, 'for charts'),
  })
  .describe('the observed proxies');

const cache = z
  .strictObject({
    hits: count('answered from the cache'),
    coalesced: count('answered with another query under way'),
    misses: count('asked of the server'),
    bypass: count('never looked up'),
    hitRate: z.number().min(0).max(1).describe('hits / (hits + coalesced + misses)').nullable(),
    entries: count('answers kept').nullable(),
    bytes: count('bytes kept').nullable(),
    evictions: count('answers given up for room').nullable(),
  })
  .describe('the answer cache');

const dns = z
  .strictObject({
    totalQueries: count('queries since the manager was constructed'),
    totalResponses: count('responses'),
    unanswered: count('queries that no handler had an answer for'),
    inFlight: count('queries under way'),
    dropped: counts('queries without a response, by reason'),
    rejected: counts('packets that never became a query, by reason'),
    queriesPerSecond: amount('mean of the last complete seconds').nullable(),
    windowSeconds: amount('complete seconds that the rate is a mean of'),
    queryTypes: counts('queries by type'),
    transports: z.partialRecord(transport, z.int().nonnegative()).describe('queries by transport'),
    responseCodes: counts('responses by code').nullable(),
    cache: cache.nullable(),
    duration: duration.nullable(),
    topDomains: list(topDomain, 'names by queries'),
    topDomainsByUnanswered: list(topDomain, 'names by queries that no handler had an answer for'),
    topDomainsByTime: list(topDomain, 'names by the milliseconds that their answers took together').nullable(),
    topDomainsByCode: z
      .record(z.string(), list(topDomain, 'names by responses with this code'))
      .describe('by response code that is an error'),
    topClients: list(topClient, 'clients by queries').nullable(),
    handlers: list(
      z.strictObject({
        pattern: z.string().describe('as registered'),
        calls: count('calls'),
        errors: count('calls that threw'),
      }),
      'registered handlers',
    ),
    unwrappedHandlers: count('handlers registered before we were attached').nullable(),
    history: list(historySchema, 'for charts'),
  })
  .describe('the observed DNS servers');

const processFigures = z
  .strictObject({
    source: z.enum(['node', 'smartmetrics']),
    cpuPercentage: amount('percent').nullable(),
    memoryPercentage: amount('percent').nullable(),
    memoryUsageBytes: amount('bytes').nullable(),
    heapUsedBytes: amount('bytes').nullable(),
    uptimeSeconds: amount('seconds'),
  })
  .describe('this process; null: the source does not tell it');

const invariant = z.strictObject({
  name: z.string(),
  ok: z.boolean().describe('whether it holds at this read'),
  violations: count('reads at which it did not hold'),
  detail: z.string().describe('both sides, when it does not hold').nullable(),
});

const self = z
  .strictObject({
    sampledAt: unixMs('oldest last pass among the sources').nullable(),
    sampleAgeSeconds: amount('seconds since then').nullable(),
    overflow: counts('what came after a limit, by limit'),
    events: counts('events taken, by name'),
    listenerErrors: count('listeners that threw or rejected'),
    invariants: list(invariant, 'the identities, evaluated at this read'),
  })
  .describe('routemeter itself');

/** Describes what `getStats()` returns and `/api/stats` serves; its output type is `IRouterStats`. */
export const statsSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    instance: z.string().describe('tells one process from another'),
    version: z.string().describe('version of routemeter'),
    takenAt: unixMs('when the snapshot was taken'),
    startedAt: unixMs('when the manager was constructed'),
    uptimeSeconds: amount('seconds since then'),
    proxy: proxy.describe('null: no proxy is observed').nullable(),
    dns: dns.describe('null: no DNS server is observed').nullable(),
    process: processFigures,
    self,
  })
  .describe('what getStats() returns; null means not measured');
