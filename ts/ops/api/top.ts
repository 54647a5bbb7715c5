import type { ITopAnswer, TTopList } from '../../interfaces/ops.js';
import type { IRouterSnapshot, IRouteSnapshot, ITopListSnapshot } from '../../interfaces/snapshot.js';
import { responseCodeLabel } from '../../shared/labels.js';
import { describe } from '../../shared/errors.js';
import { routeListOf } from '../../shared/routelist.js';
import { badParameter, Problem } from '../classes.problem.js';
import { Largest } from './classes.largest.js';

type TUnit = ITopAnswer['unit'];
type TPick = (snapshot: IRouterSnapshot) => ITopListSnapshot | null | undefined;

const DOMAINS: Readonly<Record<string, readonly [TUnit, TPick]>> = {
  queries: ['queries', ({ dns }) => dns?.topDomains],
  unanswered: ['queries', ({ dns }) => dns?.topDomainsByUnanswered],
  time: ['milliseconds', ({ dns }) => dns?.topDomainsByTime],
};
const CLIENTS: Readonly<Record<string, readonly [TUnit, TPick]>> = {
  connections: ['connections', ({ proxy }) => proxy?.topClientsByConnections],
  bytes: ['bytes', ({ proxy }) => proxy?.topClientsByBytes],
  queries: ['queries', ({ dns }) => dns?.topClients],
};
const ROUTES: Readonly<Record<string, readonly [TUnit, (route: IRouteSnapshot) => number | null]>> = {
  active: ['connections', ({ active }) => active],
  total: ['connections', ({ total }) => total],
  bytes: ['bytes', ({ bytesIn, bytesOut }) => (bytesIn === null || bytesOut === null ? null : bytesIn + bytesOut)],
  requests: ['requests', ({ requests }) => requests?.started ?? null],
};
const EMPTY: ITopListSnapshot = { entries: [], maxError: 0, capacity: 0 };

/** The largest of one list. Throws a 400 where it cannot be ordered by `by`. */
export function topAnswer(
  snapshot: IRouterSnapshot,
  list: TTopList,
  { by, limit }: { readonly by?: string | undefined; readonly limit: number },
): ITopAnswer {
  const { takenAt } = snapshot;
  switch (list) {
    case 'domains': {
      const order = by ?? 'queries';
      const code = order.startsWith('code:') ? order.slice('code:'.length) : null;
      if (code === null) return answer(takenAt, list, order, limit, chosen(DOMAINS, order, snapshot));
      if (responseCodeLabel(code) !== code || code === 'NOERROR') throw unknownOrder(list, order);
      const found = snapshot.dns?.topDomainsByCode.find((entry) => entry.code === code)?.list;
      // A code that did not occur has an empty list; without a DNS server there is none.
      return answer(takenAt, list, order, limit, ['queries', found ?? (snapshot.dns === null ? null : EMPTY)]);
    }
    case 'clients': {
      const order = by ?? 'connections';
      return answer(takenAt, list, order, limit, chosen(CLIENTS, order, snapshot));
    }
    case 'routes': {
      const order = by ?? 'active';
      const known = Object.hasOwn(ROUTES, order) ? ROUTES[order] : undefined;
      if (known === undefined) throw unknownOrder(list, order);
      const [unit, measure] = known;
      return answer(takenAt, list, order, limit, [unit, largestRoutes(snapshot, measure, limit)]);
    }
  }
}

/** Throws a 404 where there is no such list. */
export function topListOf(name: string): TTopList {
  if (name === 'domains' || name === 'clients' || name === 'routes') return name;
  throw new Problem(404, `there is no list ${describe(name)}`);
}

function chosen(
  table: typeof DOMAINS,
  order: string,
  snapshot: IRouterSnapshot,
): readonly [TUnit, ITopListSnapshot | null] {
  const known = Object.hasOwn(table, order) ? table[order] : undefined;
  if (known === undefined) throw unknownOrder(table === DOMAINS ? 'domains' : 'clients', order);
  const [unit, pick] = known;
  return [unit, pick(snapshot) ?? null];
}

function largestRoutes(
  { proxy }: IRouterSnapshot,
  measure: (route: IRouteSnapshot) => number | null,
  limit: number,
): ITopListSnapshot | null {
  if (proxy === null) return null;
  const largest = new Largest<string>(limit);
  const routes = routeListOf(proxy);
  for (let index = 0; index < routes.length; index++) {
    const route = routes.at(index);
    const value = route === undefined ? null : measure(route);
    if (route !== undefined && value !== null) largest.offer(value, index, route.name);
  }
  const entries = largest.ranked().map(({ item, value }) => ({ key: item, count: value, maxError: 0 }));
  return { entries, maxError: 0, capacity: limit };
}

function answer(
  takenAt: number,
  list: TTopList,
  by: string,
  limit: number,
  [unit, top]: readonly [TUnit, ITopListSnapshot | null],
): ITopAnswer {
  return {
    takenAt,
    list,
    by,
    unit,
    entries: top?.entries.slice(0, limit) ?? null,
    maxError: top?.maxError ?? null,
  };
}

function unknownOrder(list: TTopList, order: string): Error {
  const known = {
    domains: [...Object.keys(DOMAINS), 'code:<response code that is an error>'],
    clients: Object.keys(CLIENTS),
    routes: Object.keys(ROUTES),
  };
  return badParameter('by', `one of ${known[list].join(', ')}`, order);
}
