import type { IProxySnapshot, IRouteSnapshot } from '../interfaces/snapshot.js';
import type { IForwardedRoute, IHostCounters, IProxyReadings } from '../interfaces/source.js';
import { PROXY_COLUMN } from './classes.proxystate.js';
import type { ProxyState } from './classes.proxystate.js';
import { RATE_SECONDS } from './classes.ratewindow.js';
import type { IMoment } from './moment.js';
import { routeSnapshot } from './routesnapshot.js';
import type { IRouteMoment } from './routesnapshot.js';
import { sumOf } from './sumof.js';

const NONE: readonly never[] = Object.freeze([]);

export function proxySnapshot(
  proxy: ProxyState,
  readings: readonly IProxyReadings[],
  active: number,
  { now, takenAt }: IMoment,
): IProxySnapshot {
  const { history } = proxy;
  const windowSeconds = history.windowSeconds(now);
  const hosts = readings.flatMap(({ host }) => host ?? []);
  noteHosts(proxy, hosts);
  const moment = routeMoment(proxy, hosts, now);
  const routes: IRouteSnapshot[] = [];
  for (const route of proxy.routes) routes.push(routeSnapshot(route, moment));
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

/** Before the snapshots of routes: those of which hosts tell other things than before are to be made anew. */
export function noteHosts({ hostCounts, routes }: ProxyState, hosts: readonly IHostCounters[]): void {
  hostCounts.compare(hosts, (name) => {
    const route = routes.find(name);
    if (route !== undefined) route.changed = true;
  });
}

/** `now`: monotonic, ms. */
export function routeMoment({ history }: ProxyState, hosts: readonly IHostCounters[], now: number): IRouteMoment {
  const windowSeconds = history.windowSeconds(now);
  return { hosts, windowSeconds, second: history.second(now), secondEnds: history.secondEnds(now), now };
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

/** The age of the stalest forwarded reading. */
function stalest(readings: readonly IProxyReadings[]): number | null {
  let stale: number | null = null;
  for (const { forwarded } of readings) {
    const age = forwarded?.staleSeconds ?? null;
    if (age !== null) stale = Math.max(stale ?? 0, age);
  }
  return stale;
}
