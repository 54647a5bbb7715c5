import type { IRouterSnapshot } from '../../ts/interfaces/snapshot.js';
import { OpsServer } from '../../ts/ops/index.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { fullDns, fullProxy, fullRoute, fullSnapshot, forwardedRoute } from '../helpers/snapshot.js';

/** What is no amount: it does not grow. */
const FIXED = new Set(['edges', 'takenAt', 'startedAt', 'expiresAt', 'schemaVersion']);

/** The same with every amount times `factor`: as if that much more had happened. */
function grown<T>(value: T, factor: number, key = ''): T {
  if (FIXED.has(key)) return value;
  if (typeof value === 'number') return (value * factor) as T;
  if (Array.isArray(value)) return value.map((part: unknown) => grown(part, factor)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, grown(part, factor, name)])) as T;
}

const WEB = fullRoute('web', {
  massCloses: 1,
  sendQueueBytes: 2 ** 24,
  closedByReason: { 'client-end': 5, 'idle-timeout': 1, 'backend-error': 1 },
});

/** Each kind of thing has happened, what is an error too. */
const ALL: IRouterSnapshot = fullSnapshot({
  proxy: fullProxy({ routes: [WEB, fullRoute('_unrouted'), forwardedRoute('mail')] }),
  dns: fullDns({
    responsesByCode: [
      { transport: 'udp', code: 'NOERROR', count: 22 },
      { transport: 'udp', code: 'SERVFAIL', count: 3 },
    ],
  }),
  self: { ...fullSnapshot().self, overflow: [{ limit: 'routes', count: 1 }] },
});

/** Serves a page on which every metric of the catalogue has samples, and on which every counter moves. */
export function everythingServer(): OpsServer {
  let reads = 0;
  const source = { snapshot: () => grown(ALL, ++reads) };
  return new OpsServer({ source, port: 0, exporter: new PrometheusExporter(source, { topLists: true }) });
}
