import type { TCloseReason } from '../interfaces/events.js';
import type { IRouteSnapshot } from '../interfaces/snapshot.js';
import { CONNECTION_DURATION_EDGES } from '../shared/buckets.js';
import { CLOSE_REASONS } from '../shared/labels.js';
import type { TProtocolLabel } from '../shared/labels.js';
import type { Connection } from './classes.connection.js';
import { Histogram, mergedHistogram } from './classes.histogram.js';
import { LabelCounts } from './classes.labelcounts.js';
import { RATE_SECONDS, RateWindow } from './classes.ratewindow.js';
import { Requests } from './classes.requests.js';

const SECOND_MS = 1000;
/** Fewer ends than this in a second are no mass close. */
const MASS_CLOSE_MINIMUM = 10;

/** Columns of a route's rates. */
export const ROUTE_COLUMN = { opened: 0, requests: 1, bytesIn: 2, bytesOut: 3 } as const;

/** Everything known of one route. The counters are one book, what `link` and `unlink` keep is the other. */
export class Route {
  readonly name: string;
  #configured = false;

  // Counters: moved by events.
  opened = 0;
  closed = 0;
  bytesIn = 0;
  bytesOut = 0;
  reaped = 0;
  massCloses = 0;
  handlerErrors = 0;
  readonly reasons = new LabelCounts(CLOSE_REASONS.length);
  requests: Requests | null = null;
  /** Seconds. */
  duration: Histogram | null = null;
  /** Unix time in ms. */
  lastOpenedAt: number | null = null;
  lastClosedAt: number | null = null;

  // Gauges: sums over the connections that are linked.
  live = 0;
  sendQueue = 0;
  halfOpen = 0;
  oldest: Connection | null = null;
  #newest: Connection | null = null;
  readonly #upgraded = new Map<string, number>();
  /** Kept until one of them changes: of many routes most have none. */
  #upgradedActive: IRouteSnapshot['upgradedActive'] | null = null;

  /** The latest snapshot, the second that its rates were taken in, and until when (monotonic, ms) it holds by itself. */
  kept: IRouteSnapshot | null = null;
  ratesSecond = -1;
  keptUntil = -Infinity;
  /** Whether anything was told since. Every method that changes a figure says so: all events come by one of them. */
  changed = true;

  readonly #origin: number;
  #rates: RateWindow | null = null;
  // The second that mass closes are looked for in: when it began and when it ends, on the monotonic clock.
  #began = -Infinity;
  #until = -Infinity;
  #liveAtSecond = 0;
  #endedInSecond = 0;

  /** `origin`: when the manager began, on the monotonic clock. */
  constructor(name: string, origin: number) {
    this.name = name;
    this.#origin = origin;
  }

  /** Whether nothing points to it any more. */
  get idle(): boolean {
    return this.live === 0 && (this.requests === null || this.requests.inFlight === 0);
  }

  get configured(): boolean {
    return this.#configured;
  }

  set configured(configured: boolean) {
    if (configured !== this.#configured) this.changed = true;
    this.#configured = configured;
  }

  failHandler(): void {
    this.changed = true;
    this.handlerErrors++;
  }

  link(connection: Connection): void {
    this.changed = true;
    this.#enterSecond(connection.openedAt);
    this.live++;
    connection.older = this.#newest;
    if (this.#newest === null) this.oldest = connection;
    else this.#newest.newer = connection;
    this.#newest = connection;
  }

  /** `now`: monotonic, ms. */
  unlink(connection: Connection, now: number): void {
    this.changed = true;
    this.#enterSecond(now);
    this.live--;
    this.sendQueue -= connection.sendQueue;
    if (connection.halfOpen) this.halfOpen--;
    if (connection.protocol !== null) this.#countUpgraded(connection.protocol, -1);
    if (connection.older === null) this.oldest = connection.newer;
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
    if (this.#endedInSecond === threshold) this.massCloses++;
  }

  /** Sets the gauges of one linked connection. */
  gauge(connection: Connection, sendQueue: number, halfOpen: boolean): void {
    this.changed = true;
    this.sendQueue += sendQueue - connection.sendQueue;
    connection.sendQueue = sendQueue;
    if (halfOpen !== connection.halfOpen) {
      this.halfOpen += halfOpen ? 1 : -1;
      connection.halfOpen = halfOpen;
    }
  }

  upgrade(connection: Connection, protocol: TProtocolLabel): void {
    this.changed = true;
    if (connection.protocol !== null) this.#countUpgraded(connection.protocol, -1);
    connection.protocol = protocol;
    this.#countUpgraded(protocol, 1);
  }

  /** Its HTTP requests, from the first one on. */
  countRequests(): Requests {
    this.changed = true;
    return (this.requests ??= new Requests());
  }

  close(reason: TCloseReason, durationMs: number, reaped: boolean): void {
    this.changed = true;
    this.closed++;
    this.reasons.add(reason);
    if (reaped) this.reaped++;
    this.duration ??= new Histogram(CONNECTION_DURATION_EDGES);
    this.duration.observe(durationMs / 1000);
  }

  rate(column: number, amount: number, now: number): void {
    this.changed = true;
    this.#rates ??= this.#newRates();
    this.#rates.add(column, amount, now);
  }

  rateBytes(bytesIn: number, bytesOut: number, now: number): void {
    this.changed = true;
    this.#rates ??= this.#newRates();
    this.#rates.addPair(ROUTE_COLUMN.bytesIn, bytesIn, bytesOut, now);
  }

  /** Open connections by the protocol they were upgraded to, frozen. */
  upgradedActive(): IRouteSnapshot['upgradedActive'] {
    return (this.#upgradedActive ??= Object.freeze(
      Array.from(this.#upgraded, ([protocol, count]) => Object.freeze({ protocol, count })),
    ));
  }

  /** Whether every rate is 0. */
  quiet(now: number): boolean {
    return this.#rates?.quiet(now) ?? true;
  }

  /** Sum over the last `seconds` complete seconds, at most `RATE_SECONDS`. */
  recent(column: number, seconds: number, now: number): number {
    return this.#rates?.sum(column, seconds, now) ?? 0;
  }

  /** Takes over the counters of an idle route that is going, so that sums stay exact. */
  absorb(other: Route): void {
    this.changed = true;
    this.opened += other.opened;
    this.closed += other.closed;
    this.bytesIn += other.bytesIn;
    this.bytesOut += other.bytesOut;
    this.reaped += other.reaped;
    this.massCloses += other.massCloses;
    this.handlerErrors += other.handlerErrors;
    this.reasons.merge(other.reasons);
    if (other.requests !== null) this.countRequests().merge(other.requests);
    this.duration = mergedHistogram(this.duration, other.duration, CONNECTION_DURATION_EDGES);
    this.lastOpenedAt = latest(this.lastOpenedAt, other.lastOpenedAt);
    this.lastClosedAt = latest(this.lastClosedAt, other.lastClosedAt);
  }

  #newRates(): RateWindow {
    return new RateWindow(4, RATE_SECONDS, SECOND_MS, this.#origin);
  }

  #countUpgraded(protocol: string, by: 1 | -1): void {
    const count = (this.#upgraded.get(protocol) ?? 0) + by;
    if (count === 0) this.#upgraded.delete(protocol);
    else this.#upgraded.set(protocol, count);
    this.#upgradedActive = null;
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

function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
