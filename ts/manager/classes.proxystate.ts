import type { TPrivacy } from '../interfaces/options.js';
import { privateIp } from '../shared/ip.js';
import { HostCounts } from './classes.hostcounts.js';
import { History } from './classes.history.js';
import { RouteTable } from './classes.routetable.js';
import { RouteView } from './classes.routeview.js';
import { TopList, topKey } from './classes.toplist.js';
import type { IManagerSettings } from './settings.js';

/** Columns of the proxy's history. */
export const PROXY_COLUMN = { opened: 0, closed: 1, requests: 2, bytesIn: 3, bytesOut: 4 } as const;

/** A pair of byte counts. */
export class Bytes {
  in = 0;
  out = 0;

  add(bytesIn: number, bytesOut: number): void {
    this.in += bytesIn;
    this.out += bytesOut;
  }
}

/** What is known of all proxies together. The totals are kept apart from the routes, so that the two can be compared. */
export class ProxyState {
  readonly routes: RouteTable;
  readonly history: History;
  readonly hostCounts = new HostCounts();
  /** For the routes of all snapshots: V8 throws compiled code away when the last object of its class has gone. */
  readonly view = new RouteView();
  opened = 0;
  closed = 0;
  /** From `traffic` events. */
  readonly bytes = new Bytes();
  /** What `connection-close` events told. */
  readonly closedBytes = new Bytes();
  /** Running sum over the live records. */
  readonly liveBytes = new Bytes();
  requestsSeen = false;
  /** Closes that told other bytes than their connection's traffic did, and the last of them. */
  mismatchedCloses = 0;
  lastMismatch = '';
  readonly topByConnections: TopList | null;
  readonly topByBytes: TopList | null;
  readonly privacy: TPrivacy;

  constructor(settings: IManagerSettings, origin: number) {
    const { capacity, shown, privacy } = settings;
    this.routes = new RouteTable(settings.routeLimit, origin);
    this.history = new History(Object.keys(PROXY_COLUMN), origin);
    this.privacy = privacy;
    this.topByConnections = privacy === 'none' ? null : new TopList(capacity, shown);
    this.topByBytes = privacy === 'none' ? null : new TopList(capacity, shown);
  }

  /** As it is kept. */
  client(ip: string | null): string | null {
    const client = privateIp(ip, this.privacy);
    return client === null ? null : topKey(client);
  }
}
