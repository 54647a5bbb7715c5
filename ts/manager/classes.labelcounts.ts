import { OVERFLOW } from '../shared/labels.js';

/** Counts by a label, of at most `limit` labels; the rest is one of them, `_overflow`, and told as such. */
export class LabelCounts {
  /** Cells, so that a count that is there is found once and not looked up again to be set. */
  readonly #counts = new Map<string, { count: number }>();
  readonly #limit: number;
  /** Kept until the next count: of many routes most are idle between two reads. */
  #record: Readonly<Record<string, number>> | null = null;
  /** How much was counted as `_overflow`. */
  overflowed = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(label: string, amount = 1): void {
    this.#record = null;
    const cell = this.#counts.get(label);
    if (cell !== undefined) cell.count += amount;
    else this.#enter(label.toWellFormed(), amount);
  }

  #enter(label: string, amount: number): void {
    let kept = label;
    if (!this.#counts.has(label) && this.#counts.size >= this.#limit) {
      kept = OVERFLOW;
      this.overflowed += amount;
    }
    const cell = this.#counts.get(kept);
    if (cell === undefined) this.#counts.set(kept, { count: amount });
    else cell.count += amount;
  }

  /** Added up anew from the labels: a book of its own beside whatever total its owner keeps. */
  sum(): number {
    let sum = 0;
    for (const { count } of this.#counts.values()) sum += count;
    return sum;
  }

  merge(other: LabelCounts): void {
    for (const [label, { count }] of other.#counts) this.add(label, count);
  }

  /** The counts of now, frozen. */
  record(): Readonly<Record<string, number>> {
    return (this.#record ??= this.#recorded());
  }

  /** By hand: a third of the time that `Object.fromEntries` takes, for each of many routes. */
  #recorded(): Readonly<Record<string, number>> {
    const record: Record<string, number> = {};
    for (const [label, { count }] of this.#counts) {
      // Said by a source, it would set no property of its own.
      if (label === '__proto__') return Object.freeze(Object.fromEntries(this));
      record[label] = count;
    }
    return Object.freeze(record);
  }

  *[Symbol.iterator](): Generator<[string, number]> {
    for (const [label, { count }] of this.#counts) yield [label, count];
  }
}
