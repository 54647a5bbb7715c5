import type { IHistogramSnapshot, IRequestsSnapshot, IRouteSnapshot } from '../interfaces/snapshot.js';
import type { RouteView } from './classes.routeview.js';
import { deepFreeze } from './freeze.js';

/** A route as plain data, frozen: all that the view would give for this one alone. */
export function routeSnapshot(route: RouteView): IRouteSnapshot {
  const { requests, connectionDuration } = route;
  return deepFreeze({
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
    upgradedActive: route.upgradedActive.map(({ protocol, count }) => ({ protocol, count })),
    requests: requests === null ? null : requestsSnapshot(requests),
    connectionDuration: connectionDuration === null ? null : histogramSnapshot(connectionDuration),
    backendConnectErrors: route.backendConnectErrors,
    backendRetries: route.backendRetries,
    lastOpenedAt: route.lastOpenedAt,
    lastClosedAt: route.lastClosedAt,
    rates: route.rates,
  });
}

function requestsSnapshot({
  started,
  finished,
  aborted,
  inFlight,
  byCode,
  duration,
}: IRequestsSnapshot): IRequestsSnapshot {
  return {
    started,
    finished,
    aborted,
    inFlight,
    byCode: byCode.map(({ method, code, count }) => ({ method, code, count })),
    duration: duration === null ? null : histogramSnapshot(duration),
  };
}

function histogramSnapshot({ edges, counts, sum, count }: IHistogramSnapshot): IHistogramSnapshot {
  return { edges, counts: counts.slice(), sum, count };
}
