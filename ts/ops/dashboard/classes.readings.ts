/** How many readings are remembered. */
export const REMEMBERED = 60;
/** An answer that comes later than this after the one before leaves a gap. */
const GAP_MS = 5_000;

export type TReadings = readonly (number | null)[];

/** What the page itself saw of some figures: the last 60 readings of each, newest last; `null` where there was none. */
export class Readings {
  #byKey = new Map<string, TReadings>();
  #last: number | null = null;

  /** All figures of one answer; what is not among them is forgotten. */
  add(figures: Iterable<readonly [key: string, value: number | null]>, takenAt: number): void {
    const gap = this.#last !== null && (takenAt - this.#last > GAP_MS || takenAt < this.#last);
    this.#last = takenAt;
    const next = new Map<string, TReadings>();
    for (const [key, value] of figures) {
      next.set(key, [...this.of(key), ...(gap ? [null] : []), value].slice(-REMEMBERED));
    }
    this.#byKey = next;
  }

  of(key: string): TReadings {
    return this.#byKey.get(key) ?? [];
  }
}
