import type { IHistogramSnapshot, IRouteSnapshot, ITopListSnapshot } from '../interfaces/snapshot.js';
import type { IMetric, ISample } from './metric.js';

type TReadRoute = NonNullable<IMetric['readRoute']>;

/** A sample without labels; `null` and `undefined` mean not measured, which is no sample. */
export function single(value: number | null | undefined): ISample[] {
  return value === null || value === undefined ? [] : [{ labels: [], value }];
}

/** Both ways to read a metric by route, from what it tells of one. */
export function ofRoutes(readRoute: TReadRoute): Required<Pick<IMetric, 'read' | 'readRoute'>> {
  return {
    readRoute,
    *read(snapshot) {
      for (const route of snapshot.proxy?.routes ?? []) {
        const samples: ISample[] = [];
        readRoute(route, (value, second, third) => {
          const labels = [route.name];
          if (second !== undefined) labels.push(second);
          if (third !== undefined) labels.push(third);
          samples.push({ labels, value });
        });
        yield* samples;
      }
    },
  };
}

/** One sample for each route that has the value. */
export function byRoute(pick: (route: IRouteSnapshot) => number | null | undefined): ReturnType<typeof ofRoutes> {
  return ofRoutes((route, add) => {
    const value = pick(route);
    if (value !== null && value !== undefined) add(value);
  });
}

/** One histogram for each route that has observed something. */
export function histogramByRoute(
  pick: (route: IRouteSnapshot) => IHistogramSnapshot | null | undefined,
): ReturnType<typeof ofRoutes> {
  return ofRoutes((route, add) => {
    const value = pick(route);
    if (value !== null && value !== undefined && value.count > 0) add(value);
  });
}

/** One sample for each entry, at most `topLists` of them. */
export function* top(list: ITopListSnapshot | null | undefined, topLists: number): Iterable<ISample> {
  for (const entry of (list?.entries ?? []).slice(0, topLists)) yield { labels: [entry.key], value: entry.count };
}
