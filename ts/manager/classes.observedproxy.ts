import type { IProxyEvents } from '../interfaces/events.js';
import type { IProxyReadings, IProxySource } from '../interfaces/source.js';
import { applyClose, proxyAppliers } from './apply.js';
import type { TAppliers } from './apply.js';
import type { Connection } from './classes.connection.js';
import { Connections } from './classes.connections.js';
import { Observed } from './classes.observed.js';
import type { State } from './classes.state.js';

/** The live records of one proxy source: the book of what is, beside the counters of what happened. */
export class ObservedProxy extends Observed<IProxyEvents, IProxyReadings> {
  readonly #state: State;
  readonly #live = new Connections();
  /** Closed, but with requests whose end is still to be told. */
  readonly #lingering = new Map<number, Connection>();

  constructor(source: IProxySource, state: State) {
    super(source, state.settings.logger);
    this.#state = state;
  }

  get live(): number {
    return this.#live.size;
  }

  open(id: number): Connection | undefined {
    return this.#live.get(id);
  }

  insert(connection: Connection, now: number): void {
    // The same id twice is the source's mistake: the earlier record goes, and the counters that keep both tell of it.
    const earlier = this.#live.get(connection.id);
    if (earlier !== undefined) this.remove(earlier, now);
    this.#live.add(connection);
    connection.route.link(connection);
  }

  /** `now`: monotonic, ms. */
  remove(connection: Connection, now: number): void {
    this.#live.delete(connection);
    connection.route.unlink(connection, now);
    this.#state.proxy.liveBytes.add(-connection.bytesIn, -connection.bytesOut);
    if (connection.requests > 0) this.#lingering.set(connection.id, connection);
  }

  startRequest(connection: Connection): void {
    connection.requests++;
    connection.route.countRequests().hold(1);
  }

  /** The connection whose request ended, open or not; `undefined` where it is unknown. */
  endRequest(id: number): Connection | undefined {
    const live = this.#live.get(id);
    const connection = live ?? this.#lingering.get(id);
    if (connection === undefined) return undefined;
    // An end without a start moves no book but the counters': the two then disagree, as they should.
    if (connection.requests > 0) {
      connection.requests--;
      connection.route.countRequests().hold(-1);
    }
    if (live === undefined && connection.requests === 0) this.#lingering.delete(id);
    return connection;
  }

  protected appliers(): TAppliers<IProxyEvents> {
    return proxyAppliers(this.#state, this);
  }

  protected release(): void {
    const timestamp = this.#state.settings.clock.wall();
    const now = this.#state.settings.clock.now();
    for (const connection of this.#live) {
      const { bytesIn, bytesOut } = connection;
      // The time of its opening is in whole ms, the next one.
      const duration = Math.max(0, now - connection.openedAt);
      const close = { duration, bytesIn, bytesOut, reason: 'unknown', reaped: false, timestamp } as const;
      applyClose(this.#state, this, connection, close, now);
    }
    for (const connection of this.#lingering.values()) {
      for (; connection.requests > 0; connection.requests--) {
        connection.route.countRequests().hold(-1);
        connection.route.countRequests().end('', null, null);
      }
    }
    this.#lingering.clear();
  }
}
