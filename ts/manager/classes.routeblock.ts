import { BlockCopy } from './classes.blockcopy.js';
import { bucketOf } from './classes.histogram.js';
import { BLOCK_CELLS, BLOCK_ROUTES, CELLS, RATE_SLOTS, SLOT_CELLS, slotOf, WITHOUT_VALUE } from './routecells.js';

const SECOND_MS = 1000;
/** Cells for request codes that a block begins with. */
const FIRST_CODES = 16;

/**
 * The figures of up to 64 routes in one piece of memory. What is true at one moment is then a copy of few large pieces:
 * thousands of objects, each in a place of its own, take ten times as long to be read and keep the collector busy.
 */
export class RouteBlock {
  readonly #cells = new Float64Array(BLOCK_CELLS);
  /** Counts of the requests of one route, one method and one code each. Grows. */
  #codes = new Float64Array(FIRST_CODES);
  #copy: BlockCopy | null = null;
  /** Whether anything was written since it was copied. */
  #changed = true;
  readonly #origin: number;
  readonly #freeRows = Array.from({ length: BLOCK_ROUTES }, (_unused, index) => BLOCK_ROUTES - 1 - index);
  readonly #freeCodes: number[] = [];
  #codesUsed = 0;
  /** Of the ring of rates: the running second since the origin, when it ends, and where its slot begins. */
  #running = 0;
  #until: number;
  #slot: number = CELLS.rates;

  /** `origin`: when the manager began, on the monotonic clock. */
  constructor(origin: number) {
    this.#origin = origin;
    this.#until = origin + SECOND_MS;
  }

  get full(): boolean {
    return this.#freeRows.length === 0;
  }

  get empty(): boolean {
    return this.#freeRows.length === BLOCK_ROUTES;
  }

  /** A row of which nothing is known yet. The block must not be full. */
  takeRow(): number {
    const row = this.#freeRows.pop() ?? 0;
    for (const column of WITHOUT_VALUE) this.#cells[column + row] = NaN;
    this.#changed = true;
    return row;
  }

  /** Gives back a row that nobody writes to any more, and its cells for codes. */
  freeRow(row: number, codes: readonly number[]): void {
    const cells = this.#cells;
    // At once: sums over a column are of all its rows.
    for (let cell = row; cell < BLOCK_CELLS; cell += BLOCK_ROUTES) cells[cell] = 0;
    this.#changed = true;
    this.#freeRows.push(row);
    this.#freeCodes.push(...codes);
  }

  /** A cell of `codes`, 0. */
  takeCode(): number {
    this.#changed = true;
    const cell = this.#freeCodes.pop() ?? this.#codesUsed++;
    if (cell >= this.#codes.length) {
      const more = new Float64Array(2 * this.#codes.length);
      more.set(this.#codes);
      this.#codes = more;
    }
    this.#codes[cell] = 0;
    return cell;
  }

  read(row: number, column: number): number {
    return this.#cells[column + row] ?? NaN;
  }

  /** Of all routes. */
  sum(column: number): number {
    let sum = 0;
    for (let row = 0; row < BLOCK_ROUTES; row++) sum += this.#cells[column + row] ?? 0;
    return sum;
  }

  /** The first row in which a column is not the sum of the others; -1 where there is none. */
  apart(column: number, one: number, two: number, three: number): number {
    const cells = this.#cells;
    for (let row = 0; row < BLOCK_ROUTES; row++) {
      const sum = (cells[one + row] ?? 0) + (cells[two + row] ?? 0) + (cells[three + row] ?? 0);
      if (cells[column + row] !== sum) return row;
    }
    return -1;
  }

  write(row: number, column: number, value: number): void {
    this.#changed = true;
    this.#cells[column + row] = value;
  }

  add(row: number, column: number, amount: number): void {
    const cell = column + row;
    this.#changed = true;
    this.#cells[cell] = (this.#cells[cell] ?? 0) + amount;
  }

  /** Counts a value into the histogram that begins with a column. What is no finite, non-negative number is left out. */
  observe(row: number, column: number, edges: readonly number[], value: number): void {
    const bucket = bucketOf(edges, value);
    // One of them would spoil the sum for good.
    if (bucket < 0) return;
    this.add(row, column + bucket * BLOCK_ROUTES, 1);
    this.add(row, column + (edges.length + 1) * BLOCK_ROUTES, value);
  }

  readCode(cell: number): number {
    return this.#codes[cell] ?? 0;
  }

  addCode(cell: number, amount: number): void {
    this.#changed = true;
    this.#codes[cell] = (this.#codes[cell] ?? 0) + amount;
  }

  /** An amount of this second. */
  rate(row: number, column: number, amount: number, now: number): void {
    // Time that goes back counts into the running second.
    if (!(now < this.#until)) this.#advance(now);
    this.#changed = true;
    const cell = this.#slot + column * BLOCK_ROUTES + row;
    this.#cells[cell] = (this.#cells[cell] ?? 0) + amount;
  }

  /** An amount in a column and another one in the column after it: one look at the second for both. */
  ratePair(row: number, column: number, first: number, second: number, now: number): void {
    if (!(now < this.#until)) this.#advance(now);
    this.#changed = true;
    const cells = this.#cells;
    const cell = this.#slot + column * BLOCK_ROUTES + row;
    cells[cell] = (cells[cell] ?? 0) + first;
    cells[cell + BLOCK_ROUTES] = (cells[cell + BLOCK_ROUTES] ?? 0) + second;
  }

  /** As it is now. The same object as long as nothing changes. */
  copied(): BlockCopy {
    if (this.#copy !== null && !this.#changed) return this.#copy;
    // The memory of one that nobody reads is used again: what a page leaves behind would have to be collected.
    if (this.#copy === null || this.#copy.read) this.#copy = new BlockCopy(BLOCK_CELLS);
    this.#copy.take(this.#cells, this.#codes, this.#running);
    this.#changed = false;
    return this.#copy;
  }

  #advance(now: number): void {
    const second = Math.floor((now - this.#origin) / SECOND_MS);
    if (!(second > this.#running) || second === Infinity) return;
    for (let next = Math.max(this.#running + 1, second - RATE_SLOTS + 1); next <= second; next++) {
      const slot = slotOf(next);
      this.#cells.fill(0, slot, slot + SLOT_CELLS);
    }
    this.#running = second;
    this.#slot = slotOf(second);
    this.#until = this.#origin + (second + 1) * SECOND_MS;
  }
}
