import type { IOpenConnection } from './source.js';
import type { IHistory, ITopEntry } from './snapshot.js';

/** What the HTTP API of the ops side answers, beside `IRouterStats`. Plain JSON; times are Unix time in ms. */

export type TConnectionSort = 'age' | 'bytes' | 'bytesIn' | 'bytesOut' | 'sendQueue';

/** `GET /api/connections`: one page of the open connections, in descending order of what they are sorted by. */
export interface IConnectionsPage {
  readonly takenAt: number;
  /** Open connections that were looked at. */
  readonly open: number;
  /** Those that the filter lets pass, on all pages. */
  readonly matching: number;
  readonly sort: TConnectionSort;
  readonly connections: readonly IListedConnection[];
  /** For the next page; `null` on the last one. */
  readonly nextCursor: string | null;
}

export interface IListedConnection extends IOpenConnection {
  readonly ageSeconds: number;
}

/** `GET /api/history`. `null`: no such source is observed. */
export interface IHistoryAnswer {
  readonly takenAt: number;
  readonly proxy: readonly IHistory[] | null;
  readonly dns: readonly IHistory[] | null;
}

export type TTopList = 'domains' | 'clients' | 'routes';

/** `GET /api/top/:list?by=`. */
export interface ITopAnswer {
  readonly takenAt: number;
  readonly list: TTopList;
  /**
   * Domains: `queries`, `unanswered`, `time`, `code:SERVFAIL` and the like; clients: `connections`, `bytes`, `queries`;
   * routes: `active`, `total`, `bytes`, `requests`.
   */
  readonly by: string;
  readonly unit: 'queries' | 'connections' | 'requests' | 'bytes' | 'milliseconds';
  /** Descending. `null`: not measured, or no such source is observed. */
  readonly entries: readonly ITopEntry[] | null;
  /** The largest error an entry of the whole list can have; 0 where nothing is estimated, `null` with the entries. */
  readonly maxError: number | null;
}

/** `GET /api/system`: the toolkit itself and its process. `null`: not measured. */
export interface ISystemAnswer {
  readonly takenAt: number;
  readonly eventLoop: {
    /** Seconds that the event loop was late, of the last complete 10 s. */
    readonly lagMeanSeconds: number;
    readonly lagP99Seconds: number;
    readonly lagMaxSeconds: number;
  } | null;
  /** Of the last page that was rendered. */
  readonly exposition: {
    readonly series: number;
    readonly renderSeconds: number;
    readonly renderedAt: number;
  } | null;
  /** `null` where no event source is served. */
  readonly streams: {
    readonly readers: number;
    /** Readers that took too little for too long and were let go, since the start. */
    readonly readersDropped: number;
    /** To each reader, added up. */
    readonly eventsSent: number;
    /** Left out of floods, and told as `gap`; to each reader, added up. */
    readonly eventsLeftOut: number;
  } | null;
}

/**
 * Data of the event `gap` of `GET /api/events`: events that this reader should have had and did not get. All other
 * events have the names and fields of `IProxyEvents` and `IDnsEvents`, with `clientIp` as privacy leaves it and `error`
 * as a text.
 */
export interface IStreamGap {
  /** `restart`: the id is of another process; `expired`: of too long ago; `flood`: more than a reader is sent. */
  readonly reason: 'restart' | 'expired' | 'flood';
  /** Of all events, whatever the filter, but for `flood`: there those that the filter lets pass. `null`: not known. */
  readonly missed: number | null;
}

/** Every error of the HTTP API: RFC 9457. */
export interface IProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Of a 400: the parameter, what it must be, and what it was. */
  readonly parameter?: string | undefined;
  readonly rule?: string | undefined;
  readonly value?: string | undefined;
}
