import type { IClock } from '../../interfaces/options.js';
import type { IConnectionsPage, IHistoryAnswer, ISystemAnswer, ITopAnswer, TTopList } from '../../interfaces/ops.js';
import type { IRouterSnapshot } from '../../interfaces/snapshot.js';
import type { IRouteStats } from '../../interfaces/stats.js';
import type { TConnectionsQuery, TStatsQuery, TTopQuery } from '../../schema/opsquery.js';
import { describe } from '../../shared/errors.js';
import { routeListOf } from '../../shared/routelist.js';
import { routeStatsOf } from '../../stats/index.js';
import { Problem } from '../classes.problem.js';
import type { ConnectionList } from './classes.connectionlist.js';
import type { SharedSnapshots } from './classes.snapshots.js';
import { selectionOf } from './selection.js';
import { selectedStats } from './stats.js';
import { topAnswer } from './top.js';

export interface IAnswerParts {
  readonly snapshots: SharedSnapshots;
  readonly connections: ConnectionList;
  readonly eventLoop: () => ISystemAnswer['eventLoop'];
  readonly exposition: () => ISystemAnswer['exposition'];
  readonly streams: () => ISystemAnswer['streams'];
  readonly clock: IClock;
}

/** What the ops side answers, as plain JSON, whatever asks for it. All reject with a `Problem` where there is no answer. */
export class Answers {
  readonly #parts: IAnswerParts;

  constructor(parts: IAnswerParts) {
    this.#parts = parts;
  }

  /** The snapshot that is valid now. */
  snapshot(): Promise<IRouterSnapshot> {
    return this.#parts.snapshots.take();
  }

  /** `IRouterStats`, or the part of it that `fields` asks for. */
  async stats({ fields }: TStatsQuery): Promise<unknown> {
    const selection = fields === undefined ? true : selectionOf(fields);
    return selectedStats(await this.snapshot(), selection);
  }

  async route(name: string): Promise<IRouteStats> {
    const { proxy } = await this.snapshot();
    const routes = routeListOf(proxy);
    for (let index = 0; index < routes.length; index++) {
      if (routes.at(index)?.name !== name) continue;
      const route = routes.plain(index);
      if (route !== undefined) return routeStatsOf(route);
    }
    throw new Problem(404, `there is no route ${describe(name)}`);
  }

  async history(): Promise<IHistoryAnswer> {
    const { takenAt, proxy, dns } = await this.snapshot();
    return { takenAt, proxy: proxy?.history ?? null, dns: dns?.history ?? null };
  }

  async top(list: TTopList, query: TTopQuery): Promise<ITopAnswer> {
    return topAnswer(await this.snapshot(), list, query);
  }

  connections(query: TConnectionsQuery): Promise<IConnectionsPage> {
    return this.#parts.connections.page(query);
  }

  async system(): Promise<ISystemAnswer> {
    const { clock, eventLoop, exposition, streams } = this.#parts;
    return { takenAt: clock.wall(), eventLoop: eventLoop(), exposition: exposition(), streams: streams() };
  }
}
