import type { IHistogramSnapshot, IRouteSnapshot, IRouterSnapshot, ITopListSnapshot } from '../interfaces/snapshot.js';
import type { ISample } from './metric.js';

/** A sample without labels; `null` and `undefined` mean not measured, which is no sample. */
export function single(value: number | null | undefined): ISample[] {
  return value === null || value === undefined ? [] : [{ labels: [], value }];
}

/** One sample for each route that has the value. */
export function* byRoute(
  snapshot: IRouterSnapshot,
  pick: (route: IRouteSnapshot) => number | null | undefined,
): Iterable<ISample> {
  for (const route of snapshot.proxy?.routes ?? []) {
    const value = pick(route);
    if (value !== null && value !== undefined) yield { labels: [route.name], value };
  }
}

/** One histogram for each route that has observed something. */
export function* histogramByRoute(
  snapshot: IRouterSnapshot,
  pick: (route: IRouteSnapshot) => IHistogramSnapshot | null | undefined,
): Iterable<ISample> {
  for (const route of snapshot.proxy?.routes ?? []) {
    const value = pick(route);
    if (value !== null && value !== undefined && value.count > 0) yield { labels: [route.name], value };
  }
}

/** One sample for each entry, at most `topLists` of them. */
export function* top(list: ITopListSnapshot | null | undefined, topLists: number): Iterable<ISample> {
  for (const entry of (list?.entries ?? []).slice(0, topLists)) yield { labels: [entry.key], value: entry.count };
}
