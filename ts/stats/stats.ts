import type {
  IProxySnapshot,
  IRequestsSnapshot,
  IRouteSnapshot,
  IRouterSnapshot,
  ISelfSnapshot,
} from '../interfaces/snapshot.js';
import type { IProxySection, IRouterStats, IRouteStats, ISelfSection } from '../interfaces/stats.js';
import { dnsSectionOf } from './dnssection.js';
import { durationOf } from './duration.js';
import { withForwarded } from './forwarded.js';
import { keyedCounts } from './keyedcounts.js';
import { topClientsOf } from './topclients.js';

/**
 * The shape of `getStats()`, made of one snapshot: plain JSON, the same figures under the names that readers use.
 * Pure: the snapshot is not changed, and `null` (not measured) stays `null`. Routes that are given are taken as they are:
 * whoever has to make many of them in slices makes them first.
 */
export function statsOf(
  snapshot: IRouterSnapshot,
  routes: readonly IRouteStats[] = snapshot.proxy?.routes.map(routeStatsOf) ?? [],
): IRouterStats {
  return {
    schemaVersion: snapshot.schemaVersion,
    instance: snapshot.instance,
    version: snapshot.version,
    takenAt: snapshot.takenAt,
    startedAt: snapshot.startedAt,
    uptimeSeconds: snapshot.uptimeSeconds,
    proxy: snapshot.proxy === null ? null : proxySectionOf(snapshot.proxy, routes),
    dns: snapshot.dns === null ? null : dnsSectionOf(snapshot.dns),
    process: snapshot.process,
    self: selfSectionOf(snapshot.self),
  };
}

function proxySectionOf(proxy: IProxySnapshot, routes: readonly IRouteStats[]): IProxySection {
  return {
    activeConnections: withForwarded(proxy, proxy.active, (route) => route.active),
    pendingConnections: proxy.pending,
    totalConnections: withForwarded(proxy, proxy.opened, (route) => route.total),
    closedConnections: proxy.closed,
    bytesIn: proxy.bytesIn,
    bytesOut: proxy.bytesOut,
    rates: proxy.rates,
    routes,
    tlsHandshakeErrors: proxy.tlsHandshakeErrors,
    certificates: proxy.certificates,
    topClientsByConnections: topClientsOf(proxy.topClientsByConnections),
    topClientsByBytes: topClientsOf(proxy.topClientsByBytes),
    forwardedStaleSeconds: proxy.forwardedStaleSeconds,
    history: proxy.history,
  };
}

/** One route of `proxy.routes`. */
export function routeStatsOf(route: IRouteSnapshot): IRouteStats {
  return {
    name: route.name,
    source: route.source,
    configured: route.configured,
    active: route.active,
    total: route.total,
    closed: route.closed,
    closedByReason: route.closedByReason,
    bytesIn: route.bytesIn,
    bytesOut: route.bytesOut,
    sendQueueBytes: route.sendQueueBytes,
    halfOpen: route.halfOpen,
    reaped: route.reaped,
    massCloses: route.massCloses,
    handlerErrors: route.handlerErrors,
    oldestSeconds: route.oldestSeconds,
    upgradedActive: keyedCounts(route.upgradedActive, (entry) => entry.protocol),
    requests: route.requests === null ? null : requestsOf(route.requests),
    connectionDuration: durationOf(route.connectionDuration),
    backendConnectErrors: route.backendConnectErrors,
    backendRetries: route.backendRetries,
    lastOpenedAt: route.lastOpenedAt,
    lastClosedAt: route.lastClosedAt,
    // A host that does not tell totals is no proof that nobody came.
    neverHit: route.total === 0,
    rates: route.rates,
  };
}

function requestsOf(requests: IRequestsSnapshot): IRouteStats['requests'] {
  const { started, finished, aborted, inFlight, byCode } = requests;
  return { started, finished, aborted, inFlight, byCode, duration: durationOf(requests.duration) };
}

function selfSectionOf(self: ISelfSnapshot): ISelfSection {
  return {
    sampledAt: self.sampledAt,
    sampleAgeSeconds: self.sampleAgeSeconds,
    overflow: keyedCounts(self.overflow, (entry) => entry.limit),
    events: keyedCounts(self.events, (entry) => entry.event),
    listenerErrors: self.listenerErrors,
    invariants: self.invariants,
  };
}
