import type { IHistory } from '../interfaces/snapshot.js';
import { RATE_SECONDS, RateWindow } from './classes.ratewindow.js';

const SLOTS = 60;

/** Amounts in each of the last 60 seconds and of the last 60 minutes, one column for each name. */
export class History {
  readonly #names: readonly string[];
  readonly #seconds: RateWindow;
  readonly #minutes: RateWindow;

  constructor(names: readonly string[], origin: number) {
    this.#names = names;
    this.#seconds = new RateWindow(names.length, SLOTS, 1000, origin);
    this.#minutes = new RateWindow(names.length, SLOTS, 60_000, origin);
  }

  add(column: number, amount: number, now: number): void {
    this.#seconds.add(column, amount, now);
    this.#minutes.add(column, amount, now);
  }

  /** Over how many complete seconds rates are means: at most 10. */
  windowSeconds(now: number): number {
    return Math.min(this.#seconds.complete(now), RATE_SECONDS);
  }

  /** Index of the running second: what is told of complete seconds does not change within it. */
  second(now: number): number {
    return this.#seconds.running(now);
  }

  /** When the running second ends, on the monotonic clock. */
  secondEnds(now: number): number {
    return this.#seconds.ends(now);
  }

  /** `null` before the first complete second. */
  perSecond(column: number, now: number): number | null {
    const seconds = this.windowSeconds(now);
    return seconds === 0 ? null : this.#seconds.sum(column, seconds, now) / seconds;
  }

  /** `takenAt`: the wall time that belongs to `now`. `measured` tells which columns are. */
  snapshot(now: number, takenAt: number, measured: (name: string) => boolean = () => true): IHistory[] {
    return [this.#seconds, this.#minutes].map((ring) => {
      const series: Record<string, (number | null)[]> = {};
      for (const [column, name] of this.#names.entries()) {
        if (measured(name)) series[name] = ring.series(column, now);
      }
      return { slotSeconds: ring.slotMs / 1000, until: takenAt - ring.sinceComplete(now), series };
    });
  }
}
