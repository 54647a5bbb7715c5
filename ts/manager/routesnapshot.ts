import type { IRates, IRouteSnapshot } from '../interfaces/snapshot.js';
import type { IHostCounters } from '../interfaces/source.js';
import { ROUTE_COLUMN } from './classes.route.js';
import type { Route } from './classes.route.js';
import { RATE_SECONDS } from './classes.ratewindow.js';

type TRouteCounter = 'backendConnectErrors' | 'backendRetries';

/** What all routes of one snapshot have in common. */
export interface IRouteMoment {
  readonly hosts: readonly IHostCounters[];
  /** Complete seconds that rates are means of. */
  readonly windowSeconds: number;
  /** Index of the running second: rates do not change within it. */
  readonly second: number;
  /** Monotonic, ms. */
  readonly secondEnds: number;
  /** Monotonic, ms. */
  readonly now: number;
}

/** One route, frozen. Of many routes most are idle between two reads, and what is the same is the same object. */
export function routeSnapshot(route: Route, moment: IRouteMoment): IRouteSnapshot {
  if (!route.changed && moment.now < route.keptUntil && route.kept !== null) return route.kept;
  const snapshot = routeSnapshotAnew(route, moment);
  route.changed = false;
  route.keptUntil = holdsUntil(route, moment);
  return snapshot;
}

/** When time alone makes it another: rates at the end of the second, unless they stay 0, and the age of the oldest. */
function holdsUntil(route: Route, { now, windowSeconds, secondEnds }: IRouteMoment): number {
  const rates = windowSeconds === RATE_SECONDS && route.quiet(now) ? Infinity : secondEnds;
  if (route.oldest === null) return rates;
  const age = Math.max(0, Math.floor((now - route.oldest.openedAt) / 1000));
  return Math.min(rates, route.oldest.openedAt + 1000 * (age + 1));
}

function routeSnapshotAnew(route: Route, moment: IRouteMoment): IRouteSnapshot {
  const { hosts, now } = moment;
  const kept = route.kept;
  const closedByReason = route.reasons.record();
  const upgradedActive = route.upgradedActive();
  const requests = route.requests?.snapshot() ?? null;
  const connectionDuration = route.duration?.snapshot() ?? null;
  const backendConnectErrors = hostCount(route.name, hosts, 'backendConnectErrors');
  const backendRetries = hostCount(route.name, hosts, 'backendRetries');
  const oldestSeconds = route.oldest === null ? null : Math.max(0, Math.floor((now - route.oldest.openedAt) / 1000));
  const rates = routeRates(route, moment);
  if (
    kept !== null &&
    kept.bytesIn === route.bytesIn &&
    kept.bytesOut === route.bytesOut &&
    kept.total === route.opened &&
    kept.closed === route.closed &&
    kept.active === route.live &&
    kept.rates === rates &&
    kept.oldestSeconds === oldestSeconds &&
    kept.requests === requests &&
    kept.connectionDuration === connectionDuration &&
    kept.closedByReason === closedByReason &&
    kept.upgradedActive === upgradedActive &&
    kept.sendQueueBytes === route.sendQueue &&
    kept.halfOpen === route.halfOpen &&
    kept.reaped === route.reaped &&
    kept.massCloses === route.massCloses &&
    kept.handlerErrors === route.handlerErrors &&
    kept.backendConnectErrors === backendConnectErrors &&
    kept.backendRetries === backendRetries &&
    kept.configured === route.configured &&
    kept.lastOpenedAt === route.lastOpenedAt &&
    kept.lastClosedAt === route.lastClosedAt
  ) {
    return kept;
  }
  return (route.kept = Object.freeze({
    name: route.name,
    source: 'wrapped',
    configured: route.configured,
    active: route.live,
    total: route.opened,
    closed: route.closed,
    closedByReason,
    bytesIn: route.bytesIn,
    bytesOut: route.bytesOut,
    sendQueueBytes: route.sendQueue,
    halfOpen: route.halfOpen,
    reaped: route.reaped,
    massCloses: route.massCloses,
    handlerErrors: route.handlerErrors,
    oldestSeconds,
    upgradedActive,
    requests,
    connectionDuration,
    backendConnectErrors,
    backendRetries,
    lastOpenedAt: route.lastOpenedAt,
    lastClosedAt: route.lastClosedAt,
    rates,
  }));
}

/** Kept as long as its second runs, and beyond where nothing was told of the route for so long that all rates stay 0. */
function routeRates(route: Route, { windowSeconds, second, now }: IRouteMoment): IRates {
  const kept = route.kept?.rates;
  const withRequests = route.requests !== null;
  if (
    kept?.windowSeconds === windowSeconds &&
    (kept.requestsPerSecond !== null) === (withRequests && windowSeconds > 0)
  ) {
    if (route.ratesSecond === second) return kept;
    if (noRate(kept) && route.quiet(now)) {
      route.ratesSecond = second;
      return kept;
    }
  }
  route.ratesSecond = second;
  const mean = (column: number): number | null =>
    windowSeconds === 0 ? null : route.recent(column, windowSeconds, now) / windowSeconds;
  return Object.freeze({
    windowSeconds,
    connectionsPerSecond: mean(ROUTE_COLUMN.opened),
    requestsPerSecond: withRequests ? mean(ROUTE_COLUMN.requests) : null,
    bytesInPerSecond: mean(ROUTE_COLUMN.bytesIn),
    bytesOutPerSecond: mean(ROUTE_COLUMN.bytesOut),
  });
}

const noRate = (rates: IRates): boolean =>
  rates.connectionsPerSecond === 0 &&
  rates.bytesInPerSecond === 0 &&
  rates.bytesOutPerSecond === 0 &&
  (rates.requestsPerSecond ?? 0) === 0;

/** `null` where no host counts this for the route: a route that a handler serves has no backend. */
function hostCount(route: string, hosts: readonly IHostCounters[], counter: TRouteCounter): number | null {
  let sum: number | null = null;
  for (const host of hosts) {
    const count = host[counter].get(route);
    if (count !== undefined) sum = (sum ?? 0) + count;
  }
  return sum;
}
