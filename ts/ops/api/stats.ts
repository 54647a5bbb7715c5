import type { IRouterSnapshot } from '../../interfaces/snapshot.js';
import { routeListOf } from '../../shared/routelist.js';
import { routeStatsOf, statsOf } from '../../stats/index.js';
import { pauses } from '../pause.js';
import { below, select } from './selection.js';
import type { TSelection } from './selection.js';

/** The wanted part of the stats, the routes of which are made in slices: there may be ten thousand. */
export async function selectedStats(snapshot: IRouterSnapshot, selection: TSelection): Promise<unknown> {
  const stats = select(statsOf(snapshot, []), selection) as { proxy?: object | null };
  const wanted = below(below(selection, 'proxy'), 'routes');
  if (wanted === null || snapshot.proxy === null) return stats;
  const routes: unknown[] = [];
  const pause = pauses();
  const list = routeListOf(snapshot.proxy);
  for (let index = 0; index < list.length; index++) {
    const turn = pause();
    if (turn !== null) await turn;
    const route = list.plain(index);
    if (route !== undefined) routes.push(select(routeStatsOf(route), wanted));
  }
  return { ...stats, proxy: { ...stats.proxy, routes } };
}
