import { BLOCK_ROUTES, slotOf } from './routecells.js';

/** A block of routes as it was at one moment. */
export class BlockCopy {
  readonly cells: Float64Array;
  codes = new Float64Array(0);
  /** Index of the second of the latest amount in the ring of rates, since the origin. */
  #latest = 0;
  #readers = 0;
  #given = false;

  constructor(cells: number) {
    this.cells = new Float64Array(cells);
  }

  /** Whether anybody may still read it. */
  get read(): boolean {
    return this.#given || this.#readers > 0;
  }

  /** To be of this moment, when nobody reads it. */
  take(cells: Float64Array, codes: Float64Array, latest: number): void {
    this.cells.set(cells);
    if (this.codes.length === codes.length) this.codes.set(codes);
    else this.codes = codes.slice();
    this.#latest = latest;
  }

  /** For a reader who tells when he is done, by `drop()`. */
  hold(): void {
    this.#readers++;
  }

  drop(): void {
    this.#readers--;
  }

  /** For a reader who tells nothing. */
  give(): void {
    this.#given = true;
  }

  /** What the `seconds` before `second`, the running one, came to: at most as many as the ring holds. */
  recent(row: number, column: number, second: number, seconds: number): number {
    const latest = this.#latest;
    let sum = 0;
    // What is later than the latest amount is 0.
    for (let at = Math.max(second - seconds, 0); at < second && at <= latest; at++) {
      sum += this.cells[slotOf(at) + column * BLOCK_ROUTES + row] ?? 0;
    }
    return sum;
  }
}
