import { OVERFLOW } from '../shared/labels.js';

/** Counts by a label, of at most `limit` labels; the rest is one of them, `_overflow`, and told as such. */
export class LabelCounts {
  /** Cells, so that a count that is there is found once and not looked up again to be set. */
  readonly #counts = new Map<string, { count: number }>();
  readonly #limit: number;
  /** How much was counted as `_overflow`. */
  overflowed = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(label: string, amount = 1): void {
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

  *[Symbol.iterator](): Generator<[string, number]> {
    for (const [label, { count }] of this.#counts) yield [label, count];
  }
}
