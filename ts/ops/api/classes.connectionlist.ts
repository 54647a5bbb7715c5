import type { IConnectionsPage, IListedConnection, TConnectionSort } from '../../interfaces/ops.js';
import type { IClock, TPrivacy } from '../../interfaces/options.js';
import type { IOpenConnection, IProxySource } from '../../interfaces/source.js';
import type { TConnectionsQuery } from '../../schema/opsquery.js';
import { privateIp } from '../../shared/ip.js';
import { badParameter, Problem, unavailable } from '../classes.problem.js';
import { isBefore, Largest } from './classes.largest.js';
import { clientFilter } from './clientfilter.js';

/** Different pages that are gathered at once. */
const MOST = 8;

const MEASURES: Readonly<Record<TConnectionSort, (connection: IOpenConnection) => number>> = {
  age: ({ openedAt }) => -openedAt,
  bytes: ({ bytesIn, bytesOut }) => bytesIn + bytesOut,
  bytesIn: ({ bytesIn }) => bytesIn,
  bytesOut: ({ bytesOut }) => bytesOut,
  sendQueue: ({ sendQueue }) => sendQueue,
};

interface IPlace {
  readonly value: number;
  readonly tie: number;
}

/** Pages of the open connections: gathered by a walk in slices, with no more of them in memory than the page has. */
export class ConnectionList {
  readonly #sources: readonly IProxySource[];
  readonly #privacy: TPrivacy;
  readonly #clock: IClock;
  readonly #underWay = new Map<string, Promise<IConnectionsPage>>();

  constructor(sources: readonly IProxySource[], privacy: TPrivacy, clock: IClock) {
    this.#sources = sources.filter(({ visitOpen }) => typeof visitOpen === 'function');
    this.#privacy = privacy;
    this.#clock = clock;
  }

  /** Who asks for the same page meanwhile shares it. Rejects with a `Problem`. */
  async page(query: TConnectionsQuery): Promise<IConnectionsPage> {
    if (this.#sources.length === 0) {
      throw new Problem(404, 'open connections are not served here: no event source that shows them was given');
    }
    const key = JSON.stringify(query);
    const known = this.#underWay.get(key);
    if (known !== undefined) return known;
    if (this.#underWay.size >= MOST) {
      const headers = { 'Retry-After': '1' };
      throw new Problem(503, `${MOST} other pages of connections are being gathered`, { headers });
    }
    const page = this.#gather(query).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, page);
    return page;
  }

  async #gather({ route, client, minAgeSeconds, minBytes = 0, sort, limit, cursor }: TConnectionsQuery) {
    const from = cursor === undefined ? null : placeOf(cursor, sort);
    const isClient = client === undefined ? null : clientFilter(client);
    const openedBy = minAgeSeconds === undefined ? Infinity : this.#clock.wall() - minAgeSeconds * 1000;
    const measure = MEASURES[sort];
    const largest = new Largest<Omit<IListedConnection, 'ageSeconds'>>(limit);
    let open = 0;
    let matching = 0;
    let left = 0;
    const visit = (connection: IOpenConnection): void => {
      open++;
      if (route !== undefined && connection.routeName !== route) return;
      if (connection.openedAt > openedBy || connection.bytesIn + connection.bytesOut < minBytes) return;
      const clientIp = privateIp(connection.clientIp, this.#privacy);
      if (isClient !== null && !isClient(clientIp)) return;
      matching++;
      const place = { value: measure(connection), tie: connection.connectionId };
      if (from !== null && !isBefore(from, place)) return;
      left++;
      largest.offer(place.value, place.tie, listed(connection, clientIp));
    };
    try {
      for (const source of this.#sources) await source.visitOpen?.(visit);
    } catch (error) {
      throw unavailable('the open connections cannot be read', error);
    }
    const takenAt = this.#clock.wall();
    const ranked = largest.ranked();
    const last = ranked.at(-1);
    return {
      takenAt,
      open,
      matching,
      sort,
      connections: ranked.map(({ item }) => ({ ...item, ageSeconds: Math.max(0, takenAt - item.openedAt) / 1000 })),
      nextCursor: last === undefined || left <= limit ? null : cursorOf(sort, last),
    };
  }
}

/** Field by field: a source of another kind may show more than it promised. */
function listed(connection: IOpenConnection, clientIp: string | null): Omit<IListedConnection, 'ageSeconds'> {
  const { connectionId, hostConnectionId, routeName, type, domain, port, openedAt } = connection;
  const { bytesIn, bytesOut, sendQueue, halfOpen } = connection;
  return {
    connectionId,
    hostConnectionId,
    routeName,
    type,
    clientIp,
    domain,
    port,
    openedAt,
    bytesIn,
    bytesOut,
    sendQueue,
    halfOpen,
  };
}

const cursorOf = (sort: TConnectionSort, { value, tie }: IPlace): string =>
  Buffer.from(`${sort}:${value}:${tie}`).toString('base64url');

function placeOf(cursor: string, sort: TConnectionSort): IPlace {
  const match = /^([a-zA-Z]+):(-?\d{1,16}(?:\.\d{1,16})?):(\d{1,16})$/.exec(
    Buffer.from(cursor, 'base64url').toString(),
  );
  if (match === null || match[1] !== sort) {
    throw badParameter('cursor', 'the nextCursor of a page with the same sort', cursor);
  }
  return { value: Number(match[2]), tie: Number(match[3]) };
}
