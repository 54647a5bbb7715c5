import type { IClock } from '../interfaces/options.js';
import type { Connection } from './classes.connection.js';
import type { ConnectionTable } from './classes.connectiontable.js';

/** Longest run of one slice, ms. */
const SLICE_MS = 1;
/** Records between two looks at the clock: 16 cold sockets that all moved are some 40 µs. */
const BATCH = 16;

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
  #lastPass: number | null = null;
  #waiting: (() => void)[] = [];
  #serving: (() => void)[] = [];

  constructor(table: ConnectionTable, clock: IClock, intervalMs: number) {
    this.#table = table;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** Unix time in ms since when not all is known: of the last complete pass, or of now while the table is empty. */
  get sampledAt(): number | null {
    return this.#table.size === 0 ? this.#clock.wall() : this.#lastPass;
  }

  /** The table stops being empty: until this moment all of it was known. */
  wake(): void {
    this.#lastPass = this.#clock.wall();
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
    // Downwards: the record that takes an ended one's place comes from the end, which was visited before.
    this.#cursor = this.#table.size - 1;
    this.#slice();
  }

  #slice(): void {
    const until = this.#clock.now() + SLICE_MS;
    let batch = BATCH;
    while (this.#cursor >= 0) {
      const connection = this.#table.at(this.#cursor--);
      if (connection !== undefined) this.#sample(connection);
      if (--batch > 0) continue;
      batch = BATCH;
      if (this.#clock.now() < until) continue;
      setImmediate(() => this.#slice());
      return;
    }
    this.#end();
  }

  #sample(connection: Connection): void {
    try {
      this.#table.sample(connection);
    } catch {
      // A socket that is none of Node's own may throw when it is read: that must not end the process from a timer, nor
      // leave the pass unfinished.
    }
  }

  #end(): void {
    this.#passing = false;
    this.#lastPass = this.#clock.wall();
    for (const resolve of this.#serving.splice(0)) resolve();
    if (this.#waiting.length > 0) setImmediate(() => this.#begin());
    if (this.#table.size > 0) this.start();
  }
}
