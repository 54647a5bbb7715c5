import type { TCloseReason } from '../interfaces/events.js';
import { CONNECTION_DURATION_EDGES } from '../shared/buckets.js';
import { CLOSE_REASONS } from '../shared/labels.js';
import type { TProtocolLabel } from '../shared/labels.js';
import type { Connection } from './classes.connection.js';
import { Requests } from './classes.requests.js';
import type { RouteBlock } from './classes.routeblock.js';
import { ADDED_UP, BLOCK_ROUTES, CELLS, PROTOCOLS, ROUTE_COLUMN } from './routecells.js';

const SECOND_MS = 1000;
/** Fewer ends than this in a second are no mass close. */
const MASS_CLOSE_MINIMUM = 10;
/** Where each reason is counted. */
const REASON_CELLS = new Map<string, number>(
  CLOSE_REASONS.map((reason, index) => [reason, CELLS.reasons + index * BLOCK_ROUTES]),
);
const UNKNOWN = CELLS.reasons + CLOSE_REASONS.indexOf('unknown') * BLOCK_ROUTES;

/**
 * Everything known of one route: its figures in a row of a block. The counters are one book, what `link` and `unlink` keep
 * is the other.
 */
export class Route {
  readonly name: string;
  readonly block: RouteBlock;
  readonly row: number;
  requests: Requests | null = null;

  #newest: Connection | null = null;

  readonly #origin: number;
  // The second that mass closes are looked for in: when it began and when it ends, on the monotonic clock.
  #began = -Infinity;
  #until = -Infinity;
  #liveAtSecond = 0;
  #endedInSecond = 0;

  /** `origin`: when the manager began, on the monotonic clock. `block`: one that is not full. */
  constructor(name: string, origin: number, block: RouteBlock) {
    this.name = name;
    this.#origin = origin;
    this.block = block;
    this.row = block.takeRow();
  }

  /** Whether nothing points to it any more. */
  get idle(): boolean {
    return this.live === 0 && (this.requests === null || this.requests.inFlight === 0);
  }

  get opened(): number {
    return this.block.read(this.row, CELLS.opened);
  }

  get closed(): number {
    return this.block.read(this.row, CELLS.closed);
  }

  /** Connections that are linked. */
  get live(): number {
    return this.block.read(this.row, CELLS.live);
  }

  get configured(): boolean {
    return this.block.read(this.row, CELLS.configured) === 1;
  }

  set configured(configured: boolean) {
    // Said of all routes again and again.
    if (configured !== this.configured) this.#write(CELLS.configured, configured ? 1 : 0);
  }

  /** What hosts count of it; `null`: none of them does. */
  countOfHosts(backendConnectErrors: number | null, backendRetries: number | null): void {
    for (const [column, count] of [
      [CELLS.backendConnectErrors, backendConnectErrors ?? NaN],
      [CELLS.backendRetries, backendRetries ?? NaN],
    ] as const) {
      if (!Object.is(this.block.read(this.row, column), count)) this.#write(column, count);
    }
  }

  /** `timestamp`: Unix time in ms. `now`: monotonic, ms. */
  open(timestamp: number, now: number): void {
    this.#add(CELLS.opened, 1);
    this.#write(CELLS.lastOpenedAt, timestamp);
    this.block.rate(this.row, ROUTE_COLUMN.opened, 1, now);
  }

  countTraffic(bytesIn: number, bytesOut: number, now: number): void {
    this.#add(CELLS.bytesIn, bytesIn);
    this.#add(CELLS.bytesOut, bytesOut);
    this.block.ratePair(this.row, ROUTE_COLUMN.bytesIn, bytesIn, bytesOut, now);
  }

  rateRequest(now: number): void {
    this.block.rate(this.row, ROUTE_COLUMN.requests, 1, now);
  }

  failHandler(): void {
    this.#add(CELLS.handlerErrors, 1);
  }

  link(connection: Connection): void {
    this.#enterSecond(connection.openedAt);
    this.#add(CELLS.live, 1);
    connection.older = this.#newest;
    if (this.#newest === null) this.#setOldest(connection);
    else this.#newest.newer = connection;
    this.#newest = connection;
  }

  /** `now`: monotonic, ms. */
  unlink(connection: Connection, now: number): void {
    this.#enterSecond(now);
    this.#add(CELLS.live, -1);
    if (connection.sendQueue !== 0) this.#add(CELLS.sendQueue, -connection.sendQueue);
    if (connection.halfOpen) this.#add(CELLS.halfOpen, -1);
    if (connection.protocol !== null) this.#countUpgraded(connection.protocol, -1);
    if (connection.older === null) this.#setOldest(connection.newer);
    else connection.older.newer = connection.newer;
    if (connection.newer === null) this.#newest = connection.older;
    else connection.newer.older = connection.older;
    // A record that its requests outlive must not keep its neighbours alive.
    connection.older = connection.newer = null;
  }

  /** Before a linked connection is unlinked because it ended: looks for a mass close. */
  noteEnd(connection: Connection, now: number): void {
    this.#enterSecond(now);
    // Only those that were open when the second began: a route of many short connections is no mass close.
    if (connection.openedAt >= this.#began) return;
    this.#endedInSecond++;
    const threshold = Math.max(MASS_CLOSE_MINIMUM, Math.ceil(this.#liveAtSecond / 2));
    if (this.#endedInSecond === threshold) this.#add(CELLS.massCloses, 1);
  }

  /** Sets the gauges of one linked connection. */
  gauge(connection: Connection, sendQueue: number, halfOpen: boolean): void {
    if (sendQueue !== connection.sendQueue) {
      this.#add(CELLS.sendQueue, sendQueue - connection.sendQueue);
      connection.sendQueue = sendQueue;
    }
    if (halfOpen !== connection.halfOpen) {
      this.#add(CELLS.halfOpen, halfOpen ? 1 : -1);
      connection.halfOpen = halfOpen;
    }
  }

  upgrade(connection: Connection, protocol: TProtocolLabel): void {
    if (connection.protocol !== null) this.#countUpgraded(connection.protocol, -1);
    connection.protocol = protocol;
    this.#countUpgraded(protocol, 1);
  }

  /** Its HTTP requests, from the first one on. */
  countRequests(): Requests {
    return (this.requests ??= new Requests(this.block, this.row));
  }

  /** `timestamp`: Unix time in ms. */
  close(reason: TCloseReason, durationMs: number, reaped: boolean, timestamp: number): void {
    this.#add(CELLS.closed, 1);
    // A source that says something else knows no reason that is one.
    this.#add(REASON_CELLS.get(reason) ?? UNKNOWN, 1);
    if (reaped) this.#add(CELLS.reaped, 1);
    this.block.observe(this.row, CELLS.connectionDuration, CONNECTION_DURATION_EDGES, durationMs / 1000);
    this.#write(CELLS.lastClosedAt, timestamp);
  }

  /** Takes over the counters of an idle route that is going, so that sums stay exact. */
  absorb(other: Route): void {
    const { requests } = other;
    for (const column of ADDED_UP) this.#add(column, other.block.read(other.row, column));
    if (requests !== null) this.countRequests().mergeCodes(requests);
    for (const column of [CELLS.lastOpenedAt, CELLS.lastClosedAt]) {
      const [own, others] = [this.block.read(this.row, column), other.block.read(other.row, column)];
      if (!(own >= others) && !Number.isNaN(others)) this.#write(column, others);
    }
  }

  /** Gives its row back, when nothing points to it any more. */
  free(): void {
    this.block.freeRow(this.row, this.requests?.codes.map(({ cell }) => cell) ?? []);
  }

  #setOldest(connection: Connection | null): void {
    this.#write(CELLS.oldest, connection?.openedAt ?? NaN);
  }

  #countUpgraded(protocol: TProtocolLabel, by: 1 | -1): void {
    this.#add(CELLS.upgraded + PROTOCOLS.indexOf(protocol) * BLOCK_ROUTES, by);
  }

  #write(column: number, value: number): void {
    this.block.write(this.row, column, value);
  }

  #add(column: number, amount: number): void {
    this.block.add(this.row, column, amount);
  }

  /** Before a connection comes or goes: how many were open when its second began. */
  #enterSecond(now: number): void {
    // Time that goes back counts into the running second.
    if (!(now >= this.#until)) return;
    const second = Math.floor((now - this.#origin) / SECOND_MS);
    this.#began = this.#origin + second * SECOND_MS;
    this.#until = this.#began + SECOND_MS;
    this.#liveAtSecond = this.live;
    this.#endedInSecond = 0;
  }
}
