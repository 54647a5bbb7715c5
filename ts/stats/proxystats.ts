import type { IProxySnapshot, ISnapshotSource } from '../interfaces/snapshot.js';
import type { IProxyStats } from '../interfaces/stats.js';
import { functionOption } from '../shared/options.js';
import { routeListOf } from '../shared/routelist.js';
import { withForwarded } from './forwarded.js';

/**
 * The read side of the original proposal for the proxy, over any snapshot source. Each call takes one snapshot and is
 * pure. Wrapped and forwarded routes are both in; a route whose host does not tell a figure takes no part in it.
 * Everything is 0 where no proxy is observed: `getStats()` tells 0 and "not measured" apart.
 */
export function proxyStats(source: ISnapshotSource): IProxyStats {
  functionOption('source.snapshot', (source as Partial<ISnapshotSource> | undefined)?.snapshot);
  const proxy = (): IProxySnapshot | null => source.snapshot().proxy;
  return {
    getActiveConnections: () => {
      const snapshot = proxy();
      return withForwarded(snapshot, snapshot?.active, (route) => route.active);
    },
    getConnectionsByRoute: () => activeByRoute(proxy()),
    getTotalConnections: () => {
      const snapshot = proxy();
      return withForwarded(snapshot, snapshot?.opened, (route) => route.total);
    },
    getRequestsPerSecond: () => proxy()?.rates.requestsPerSecond ?? 0,
    getThroughput: () => {
      const snapshot = proxy();
      return {
        bytesIn: withForwarded(snapshot, snapshot?.rates.bytesInPerSecond, (route) => route.rates.bytesInPerSecond),
        bytesOut: withForwarded(snapshot, snapshot?.rates.bytesOutPerSecond, (route) => route.rates.bytesOutPerSecond),
      };
    },
  };
}

/** A new map for each call: it is the caller's. Routes whose host does not tell the figure are absent. */
function activeByRoute(proxy: IProxySnapshot | null): Map<string, number> {
  const active = new Map<string, number>();
  const routes = routeListOf(proxy);
  for (let index = 0; index < routes.length; index++) {
    const route = routes.at(index);
    if (route !== undefined && route.active !== null) active.set(route.name, route.active);
  }
  return active;
}
