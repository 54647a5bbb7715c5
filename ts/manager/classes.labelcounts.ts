import { OVERFLOW } from '../shared/labels.js';

/** Counts by a label, of at most `limit` labels; the rest is one of them, `_overflow`, and told as such. */
export class LabelCounts {
  readonly #counts = new Map<string, number>();
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
    const count = this.#counts.get(label);
    if (count !== undefined) this.#counts.set(label, count + amount);
    else this.#enter(label.toWellFormed(), amount);
  }

  #enter(label: string, amount: number): void {
    let kept = label;
    if (!this.#counts.has(label) && this.#counts.size >= this.#limit) {
      kept = OVERFLOW;
      this.overflowed += amount;
    }
    this.#counts.set(kept, (this.#counts.get(kept) ?? 0) + amount);
  }

  /** Added up anew from the labels: a book of its own beside whatever total its owner keeps. */
  sum(): number {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }

  merge(other: LabelCounts): void {
    for (const [label, count] of other.#counts) this.add(label, count);
  }

  /** The counts of now, frozen. */
  record(): Readonly<Record<string, number>> {
    return (this.#record ??= Object.freeze(Object.fromEntries(this.#counts)));
  }

  [Symbol.iterator](): MapIterator<[string, number]> {
    return this.#counts.entries();
  }
}
