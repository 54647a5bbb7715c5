/** Rates are means over so many complete seconds, or of as many as there were. */
export const RATE_SECONDS = 10;

/**
 * Amounts for each slot of time, in a fixed ring: `slots` complete ones and the one that is running. What passes
 * without a call is zeroed by the next one, so it needs no timer and is right after hours of idleness. Time that goes
 * back counts into the running slot.
 *
 * Several columns share one ring: they are counted at the same instants.
 */
export class RateWindow {
  readonly slotMs: number;
  readonly slots: number;
  readonly #columns: number;
  readonly #origin: number;
  readonly #data: Float64Array;
  /** Index, since the origin, of the running slot. */
  #running = 0;
  /** Of the running slot: where its amounts begin, and when it ends. Most calls come before that and need no division. */
  #start = 0;
  #until: number;

  /** `origin`: when slot 0 began, on the monotonic clock in ms that every other method is given. */
  constructor(columns: number, slots: number, slotMs: number, origin: number) {
    this.#columns = columns;
    this.slots = slots;
    this.slotMs = slotMs;
    this.#origin = origin;
    this.#until = origin + slotMs;
    this.#data = new Float64Array(columns * (slots + 1));
  }

  add(column: number, amount: number, now: number): void {
    this.#advance(now);
    const at = this.#start + column;
    this.#data[at] = (this.#data[at] ?? 0) + amount;
  }

  /** Complete slots since the origin, at most `slots`. */
  complete(now: number): number {
    this.#advance(now);
    return Math.min(this.#running, this.slots);
  }

  /** Index of the running slot since the origin; it never falls. */
  running(now: number): number {
    this.#advance(now);
    return this.#running;
  }

  /** When the running slot ends. */
  ends(now: number): number {
    this.#advance(now);
    return this.#until;
  }

  /** Sum over the last `count` complete slots. */
  sum(column: number, count: number, now: number): number {
    this.#advance(now);
    const size = this.slots + 1;
    let sum = 0;
    for (let slot = this.#running - count; slot < this.#running; slot++) {
      if (slot >= 0) sum += this.#data[(slot % size) * this.#columns + column] ?? 0;
    }
    return sum;
  }

  /** The last `slots` complete slots, oldest first; `null` for those before the origin. */
  series(column: number, now: number): (number | null)[] {
    this.#advance(now);
    const size = this.slots + 1;
    const series: (number | null)[] = [];
    for (let slot = this.#running - this.slots; slot < this.#running; slot++) {
      series.push(slot < 0 ? null : (this.#data[(slot % size) * this.#columns + column] ?? 0));
    }
    return series;
  }

  /** Milliseconds since the last complete slot ended. */
  sinceComplete(now: number): number {
    this.#advance(now);
    return Math.max(0, now - this.#origin - this.#running * this.slotMs);
  }

  #advance(now: number): void {
    if (now < this.#until) return;
    const slot = Math.floor((now - this.#origin) / this.slotMs);
    if (!(slot > this.#running) || slot === Infinity) return;
    const size = this.slots + 1;
    if (slot - this.#running >= size) {
      this.#data.fill(0);
    } else {
      for (let next = this.#running + 1; next <= slot; next++) {
        const start = (next % size) * this.#columns;
        this.#data.fill(0, start, start + this.#columns);
      }
    }
    this.#running = slot;
    this.#start = (slot % size) * this.#columns;
    this.#until = this.#origin + (slot + 1) * this.slotMs;
  }
}
