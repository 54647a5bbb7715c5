import type { IClock } from '../interfaces/options.js';
import type { Connection } from './classes.connection.js';
import type { ConnectionTable } from './classes.connectiontable.js';

/** Longest run of one slice, ms. */
const SLICE_MS = 1;
/** Visits between two looks at the clock: 16 cold sockets that all moved are some 40 µs. */
const BATCH = 16;
/** A record that is not due counts for this part of a visit. */
const SKIPPED = 1 / 64;

/**
 * Walks the table at a fixed beat, in slices that give the event loop back. It runs only while something is open, and
 * never keeps the process alive by itself.
 */
export class Sampler {
  readonly #table: ConnectionTable;
  readonly #clock: IClock;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #cursor = -1;
  #passing = false;
  /** Since when not all is known, monotonic, ms. */
  #lastPass: number | null = null;
  #waiting: (() => void)[] = [];
  #serving: (() => void)[] = [];

  constructor(table: ConnectionTable, clock: IClock, intervalMs: number) {
    this.#table = table;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** Unix time in ms since when not all is known; now while the table is empty. */
  get sampledAt(): number | null {
    const wall = this.#clock.wall();
    if (this.#table.size === 0) return wall;
    // Counted back from now, so that a wall clock that is set makes no pass older or younger than it is.
    return this.#lastPass === null ? null : Math.round(wall - (this.#clock.now() - this.#lastPass));
  }

  /** The table stops being empty: until this moment all of it was known. */
  wake(): void {
    this.#lastPass = this.#clock.now();
    this.start();
  }

  /** Begins the beat; nothing if it runs already. */
  start(): void {
    if (this.#timer !== undefined) return;
    // In the middle of the interval: a beat of 1 s then falls once into every second, however late a timer is.
    const phase = (this.#clock.now() + this.#intervalMs / 2) % this.#intervalMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#begin();
    }, this.#intervalMs - phase);
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** One full pass that begins after this call. */
  sweep(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      // In a later turn: a socket destroyed in this one has told its listeners by then.
      if (!this.#passing) setImmediate(() => this.#begin());
    });
  }

  #begin(): void {
    if (this.#passing) return;
    this.#passing = true;
    this.#serving = this.#waiting;
    this.#waiting = [];
    this.#table.visits.begin(this.#clock.now(), this.#table.size, this.#serving.length > 0);
    // Downwards: the record that takes an ended one's place comes from the end, which was visited before.
    this.#cursor = this.#table.size - 1;
    this.#slice();
  }

  #slice(): void {
    const until = this.#clock.now() + SLICE_MS;
    const { visits } = this.#table;
    let batch = BATCH;
    while (this.#cursor >= 0) {
      const index = this.#cursor--;
      if (visits.isDue(index)) {
        const connection = this.#table.at(index);
        if (connection !== undefined) this.#sample(connection);
        batch--;
      } else {
        batch -= SKIPPED;
      }
      if (batch > 0) continue;
      batch = BATCH;
      if (this.#clock.now() < until) continue;
      setImmediate(() => this.#slice());
      return;
    }
    this.#end();
  }

  #sample(connection: Connection): void {
    let moved = false;
    try {
      moved = this.#table.sample(connection);
    } catch {
      // A socket that is none of Node's own may throw when it is read: that must not end the process from a timer, nor
      // leave the pass unfinished.
    }
    // One that has ended has no place any more.
    if (connection.index >= 0) this.#table.visits.visited(connection.index, moved);
  }

  #end(): void {
    this.#passing = false;
    this.#lastPass = this.#table.visits.knownUntil;
    for (const resolve of this.#serving.splice(0)) resolve();
    if (this.#waiting.length > 0) setImmediate(() => this.#begin());
    if (this.#table.size > 0) this.start();
  }
}
