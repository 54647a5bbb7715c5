import type { IProxySnapshot, IRates, IRouteSnapshot } from '../interfaces/snapshot.js';
import type { IForwardedRoute, IHostCounters, IProxyReadings } from '../interfaces/source.js';
import { PROXY_COLUMN } from './classes.proxystate.js';
import type { ProxyState } from './classes.proxystate.js';
import { RATE_SECONDS } from './classes.ratewindow.js';
import { ROUTE_COLUMN } from './classes.route.js';
import type { Route } from './classes.route.js';
import type { IMoment } from './moment.js';
import { sumOf } from './sumof.js';

const NONE: readonly never[] = Object.freeze([]);

type TRouteCounter = 'backendConnectErrors' | 'backendRetries';

export function proxySnapshot(
  proxy: ProxyState,
  readings: readonly IProxyReadings[],
  active: number,
  { now, takenAt }: IMoment,
): IProxySnapshot {
  const { history } = proxy;
  const windowSeconds = history.windowSeconds(now);
  const hosts = readings.flatMap(({ host }) => host ?? []);
  const quiet = quietRates(windowSeconds);
  const routes: IRouteSnapshot[] = [];
  for (const route of proxy.routes) routes.push(routeSnapshot(route, hosts, quiet, now));
  addForwarded(routes, readings);
  return {
    active,
    pending: sumOf(readings.map(({ pending }) => pending)),
    opened: proxy.opened,
    closed: proxy.closed,
    bytesIn: proxy.bytes.in,
    bytesOut: proxy.bytes.out,
    routes: Object.freeze(routes),
    rates: {
      windowSeconds,
      connectionsPerSecond: history.perSecond(PROXY_COLUMN.opened, now),
      requestsPerSecond: proxy.requestsSeen ? history.perSecond(PROXY_COLUMN.requests, now) : null,
      bytesInPerSecond: history.perSecond(PROXY_COLUMN.bytesIn, now),
      bytesOutPerSecond: history.perSecond(PROXY_COLUMN.bytesOut, now),
    },
    tlsHandshakeErrors: sumOf(hosts.map(({ tlsHandshakeErrors }) => tlsHandshakeErrors)),
    certificates:
      hosts.length === 0
        ? null
        : hosts.flatMap(({ certificates }) => certificates.map(({ domain, expiresAt }) => ({ domain, expiresAt }))),
    topClientsByConnections: proxy.topByConnections?.snapshot() ?? null,
    topClientsByBytes: proxy.topByBytes?.snapshot() ?? null,
    forwardedStaleSeconds: stalest(readings),
    history: history.snapshot(now, takenAt, (name) => name !== 'requests' || proxy.requestsSeen),
  };
}

function routeSnapshot(route: Route, hosts: readonly IHostCounters[], quiet: IQuietRates, now: number): IRouteSnapshot {
  const requests = route.requests?.snapshot() ?? null;
  return Object.freeze({
    name: route.name,
    source: 'wrapped',
    configured: route.configured,
    active: route.live,
    total: route.opened,
    closed: route.closed,
    closedByReason: route.reasons.record(),
    bytesIn: route.bytesIn,
    bytesOut: route.bytesOut,
    sendQueueBytes: route.sendQueue,
    halfOpen: route.halfOpen,
    reaped: route.reaped,
    massCloses: route.massCloses,
    handlerErrors: route.handlerErrors,
    oldestSeconds: route.oldest === null ? null : Math.max(0, now - route.oldest.openedAt) / 1000,
    upgradedActive: route.upgradedActive(),
    requests,
    connectionDuration: route.duration?.snapshot() ?? null,
    backendConnectErrors: hostCount(route.name, hosts, 'backendConnectErrors'),
    backendRetries: hostCount(route.name, hosts, 'backendRetries'),
    lastOpenedAt: route.lastOpenedAt,
    lastClosedAt: route.lastClosedAt,
    rates: route.quiet(now)
      ? quiet[requests === null ? 'withoutRequests' : 'withRequests']
      : routeRates(route, quiet.windowSeconds, now),
  });
}

function routeRates(route: Route, windowSeconds: number, now: number): IRates {
  const mean = (column: number): number | null =>
    windowSeconds === 0 ? null : route.recent(column, windowSeconds, now) / windowSeconds;
  return Object.freeze({
    windowSeconds,
    connectionsPerSecond: mean(ROUTE_COLUMN.opened),
    requestsPerSecond: route.requests === null ? null : mean(ROUTE_COLUMN.requests),
    bytesInPerSecond: mean(ROUTE_COLUMN.bytesIn),
    bytesOutPerSecond: mean(ROUTE_COLUMN.bytesOut),
  });
}

/** What routes of which nothing was told lately share. */
interface IQuietRates {
  readonly windowSeconds: number;
  readonly withRequests: IRates;
  readonly withoutRequests: IRates;
}

function quietRates(windowSeconds: number): IQuietRates {
  const none = windowSeconds === 0 ? null : 0;
  const rates = (requestsPerSecond: number | null): IRates =>
    Object.freeze({
      windowSeconds,
      connectionsPerSecond: none,
      requestsPerSecond,
      bytesInPerSecond: none,
      bytesOutPerSecond: none,
    });
  return { windowSeconds, withRequests: rates(none), withoutRequests: rates(null) };
}

function addForwarded(routes: IRouteSnapshot[], readings: readonly IProxyReadings[]): void {
  const forwarded = readings.flatMap((reading) => reading.forwarded?.routes ?? []);
  if (forwarded.length === 0) return;
  const known = new Set(routes.map(({ name }) => name));
  for (const route of forwarded) {
    // Never twice: what is wrapped is counted exactly, so it wins.
    if (known.has(route.name)) continue;
    known.add(route.name);
    routes.push(forwardedSnapshot(route));
  }
}

/** What the host tells of a route that it serves itself; the rest is not measured. */
function forwardedSnapshot(route: IForwardedRoute): IRouteSnapshot {
  return Object.freeze({
    name: route.name,
    source: 'forwarded',
    configured: true,
    active: route.active,
    total: route.total,
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
    upgradedActive: NONE,
    requests: null,
    connectionDuration: null,
    backendConnectErrors: null,
    backendRetries: null,
    lastOpenedAt: null,
    lastClosedAt: null,
    rates: Object.freeze({
      windowSeconds: RATE_SECONDS,
      connectionsPerSecond: null,
      requestsPerSecond: null,
      bytesInPerSecond: route.bytesInPerSecond,
      bytesOutPerSecond: route.bytesOutPerSecond,
    }),
  });
}

/** `null` where no host counts this for the route: a route that a handler serves has no backend. */
function hostCount(route: string, hosts: readonly IHostCounters[], counter: TRouteCounter): number | null {
  let sum: number | null = null;
  for (const host of hosts) {
    const count = host[counter].get(route);
    if (count !== undefined) sum = (sum ?? 0) + count;
  }
  return sum;
}

/** The age of the stalest forwarded reading. */
function stalest(readings: readonly IProxyReadings[]): number | null {
  let stale: number | null = null;
  for (const { forwarded } of readings) {
    const age = forwarded?.staleSeconds ?? null;
    if (age !== null) stale = Math.max(stale ?? 0, age);
  }
  return stale;
}
