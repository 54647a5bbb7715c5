import type { IProxySnapshot, IRouteSnapshot, ISnapshotSource } from '../interfaces/snapshot.js';
import type { IProxyStats } from '../interfaces/stats.js';

/**
 * The read side of the original proposal for the proxy, over any snapshot source. Each call takes one snapshot and is
 * pure. Connections are sums over the routes, wrapped and forwarded alike; a route that does not tell a figure takes
 * no part in its sum. Everything is 0 where no proxy is observed: `getStats()` tells 0 and "not measured" apart.
 */
export function proxyStats(source: ISnapshotSource): IProxyStats {
  const proxy = (): IProxySnapshot | null => source.snapshot().proxy;
  return {
    getActiveConnections: () => sumOf(proxy(), (route) => route.active),
    getConnectionsByRoute: () => byRoute(proxy()),
    getTotalConnections: () => sumOf(proxy(), (route) => route.total),
    getRequestsPerSecond: () => proxy()?.rates.requestsPerSecond ?? 0,
    getThroughput: () => {
      const snapshot = proxy();
      return {
        bytesIn: withForwarded(snapshot, (rates) => rates.bytesInPerSecond),
        bytesOut: withForwarded(snapshot, (rates) => rates.bytesOutPerSecond),
      };
    },
  };
}

function sumOf(proxy: IProxySnapshot | null, figure: (route: IRouteSnapshot) => number | null): number {
  return proxy?.routes.reduce((sum, route) => sum + (figure(route) ?? 0), 0) ?? 0;
}

/** A new map for each call: it is the caller's. Routes whose host does not tell the figure are absent. */
function byRoute(proxy: IProxySnapshot | null): Map<string, number> {
  const active = new Map<string, number>();
  for (const route of proxy?.routes ?? []) if (route.active !== null) active.set(route.name, route.active);
  return active;
}

/** The proxy's own rate covers what it wraps; forwarded routes come from the host's readings. */
function withForwarded(
  proxy: IProxySnapshot | null,
  figure: (rates: IProxySnapshot['rates']) => number | null,
): number {
  if (proxy === null) return 0;
  const forwarded = proxy.routes.filter((route) => route.source === 'forwarded');
  return forwarded.reduce((sum, route) => sum + (figure(route.rates) ?? 0), figure(proxy.rates) ?? 0);
}
