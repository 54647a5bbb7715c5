import type { IProxySnapshot, IRouteSnapshot } from '../interfaces/snapshot.js';
import type { IForwardedRoute, IHostCounters, IProxyReadings } from '../interfaces/source.js';
import { PROXY_COLUMN } from './classes.proxystate.js';
import type { ProxyState } from './classes.proxystate.js';
import { RATE_SECONDS } from './classes.ratewindow.js';
import { giveRouteList } from '../shared/routelist.js';
import type { Route } from './classes.route.js';
import { SnapshotRoutes } from './classes.snapshotroutes.js';
import { deepFreeze } from './freeze.js';
import type { IMoment } from './moment.js';
import { sumOf } from './sumof.js';

const NONE: readonly never[] = Object.freeze([]);

/** The routes as they are now. */
export function proxyRoutes(proxy: ProxyState, readings: readonly IProxyReadings[], { now }: IMoment): SnapshotRoutes {
  const { history } = proxy;
  noteHosts(proxy, hostsOf(readings));
  const moment = { now, windowSeconds: history.windowSeconds(now), second: history.second(now) };
  return new SnapshotRoutes(proxy.routes.list, forwardedRoutes(proxy, readings), moment, proxy.view);
}

/** Frozen. The routes are made when they are read: a page of metrics reads their list instead. */
export function proxySnapshot(
  proxy: ProxyState,
  routes: SnapshotRoutes,
  readings: readonly IProxyReadings[],
  active: number,
  { now, takenAt }: IMoment,
): IProxySnapshot {
  const { history } = proxy;
  const windowSeconds = history.windowSeconds(now);
  const hosts = hostsOf(readings);
  const told = deepFreeze({
    active,
    pending: sumOf(readings.map(({ pending }) => pending)),
    opened: proxy.opened,
    closed: proxy.closed,
    bytesIn: proxy.bytes.in,
    bytesOut: proxy.bytes.out,
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
  });
  const snapshot: IProxySnapshot = Object.freeze({
    ...told,
    get routes() {
      return routes.all();
    },
  });
  giveRouteList(snapshot, routes);
  return snapshot;
}

export const hostsOf = (readings: readonly IProxyReadings[]): IHostCounters[] =>
  readings.flatMap(({ host }) => host ?? []);

/** Before routes are copied: what hosts tell of them. They tell all of it each time, and mostly the same. */
export function noteHosts({ hostCounts, routes }: ProxyState, hosts: readonly IHostCounters[]): void {
  const note = (route: Route): void => {
    const { name } = route;
    route.countOfHosts(hostCount(name, hosts, 'backendConnectErrors'), hostCount(name, hosts, 'backendRetries'));
  };
  hostCounts.compare(hosts, (name) => {
    const route = routes.find(name);
    if (route !== undefined) note(route);
  });
  // Also of those that came since.
  if (hostCounts.newRoutes(routes.version)) routes.list.forEach(note);
}

/** `null` where no host counts this for the route: a route that a handler serves has no backend. */
function hostCount(
  route: string,
  hosts: readonly IHostCounters[],
  counter: 'backendConnectErrors' | 'backendRetries',
): number | null {
  let sum: number | null = null;
  for (const host of hosts) {
    const count = host[counter].get(route);
    if (count !== undefined) sum = (sum ?? 0) + count;
  }
  return sum;
}

function forwardedRoutes({ routes }: ProxyState, readings: readonly IProxyReadings[]): IRouteSnapshot[] {
  const told = new Map<string, IForwardedRoute>();
  for (const { forwarded } of readings) {
    for (const route of forwarded?.routes ?? []) {
      // Never twice: what is wrapped is counted exactly, so it wins.
      if (!told.has(route.name) && routes.find(route.name) === undefined) told.set(route.name, route);
    }
  }
  return Array.from(told.values(), forwardedSnapshot);
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
