import type { IHistory } from '../interfaces/snapshot.js';
import { RATE_SECONDS, RateWindow } from './classes.ratewindow.js';

const SLOTS = 60;

/** Amounts in each of the last 60 seconds and of the last 60 minutes, one column for each name. */
export class History {
  readonly #names: readonly string[];
  readonly #seconds: RateWindow;
  readonly #minutes: RateWindow;
  /** What came since `#since`, all within one second, before it is booked in both rings: one sum where events have two. */
  readonly #pending: Float64Array;
  #since: number;
  #until: number;

  constructor(names: readonly string[], origin: number) {
    this.#names = names;
    this.#pending = new Float64Array(names.length);
    this.#since = origin;
    this.#until = -Infinity;
    this.#seconds = new RateWindow(names.length, SLOTS, 1000, origin);
    this.#minutes = new RateWindow(names.length, SLOTS, 60_000, origin);
  }

  add(column: number, amount: number, now: number): void {
    // Time that goes back counts into the running second.
    if (!(now < this.#until)) this.#book(now);
    this.#pending[column] = (this.#pending[column] ?? 0) + amount;
  }

  /** Over how many complete seconds rates are means: at most 10. */
  windowSeconds(now: number): number {
    this.#book(now);
    return Math.min(this.#seconds.complete(now), RATE_SECONDS);
  }

  /** Index of the running second: what is told of complete seconds does not change within it. */
  second(now: number): number {
    this.#book(now);
    return this.#seconds.running(now);
  }

  /** `null` before the first complete second. */
  perSecond(column: number, now: number): number | null {
    const seconds = this.windowSeconds(now);
    return seconds === 0 ? null : this.#seconds.sum(column, seconds, now) / seconds;
  }

  /** `takenAt`: the wall time that belongs to `now`. `measured` tells which columns are. */
  snapshot(now: number, takenAt: number, measured: (name: string) => boolean = () => true): IHistory[] {
    this.#book(now);
    return [this.#seconds, this.#minutes].map((ring) => {
      const series: Record<string, (number | null)[]> = {};
      for (const [column, name] of this.#names.entries()) {
        if (measured(name)) series[name] = ring.series(column, now);
      }
      return { slotSeconds: ring.slotMs / 1000, until: takenAt - ring.sinceComplete(now), series };
    });
  }

  /** Before time goes on in the rings, and so before every read. */
  #book(now: number): void {
    for (const [column, amount] of this.#pending.entries()) {
      this.#seconds.add(column, amount, this.#since);
      this.#minutes.add(column, amount, this.#since);
    }
    this.#pending.fill(0);
    this.#since = now;
    this.#until = this.#seconds.ends(now);
  }
}
