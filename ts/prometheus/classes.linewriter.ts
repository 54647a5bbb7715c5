import type { Chunk } from './classes.chunk.js';
import type { ChunkPool } from './classes.chunkpool.js';
import { LineBlock } from './classes.lineblock.js';
import { columnsOf, NO_COLUMNS } from './linecolumns.js';
import { NUMBER_LENGTH, numberText, putNumber, widthOf } from './numberbytes.js';

/** Up to here a loop copies faster than a call. */
const SHORT = 64;
const NEWLINE = 10;
/** The most that a number and the end of its line take. */
export const END_LENGTH = NUMBER_LENGTH + 1;

/** Writes blocks of lines, one after the other. Text is put together as bytes: strings are garbage and stalls. */
export class LineWriter {
  readonly #pool: ChunkPool;
  #chunk: Chunk | null = null;
  #bytes = NO_BYTES;
  #at = 0;
  #columns = columnsOf(NO_COLUMNS, 64);
  #lines = 0;
  #lineEnds: number[] = [];

  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  /** Bytes of the block so far. */
  get length(): number {
    return this.#at;
  }

  /** Makes sure that there is room for so many bytes; the calls that write bytes rely on it. */
  reserve(length: number): void {
    const needed = this.#at + length;
    if (needed <= this.#bytes.length) return;
    const chunk = this.#pool.take(this.#at === 0 ? needed : 2 * needed);
    this.#bytes.copy(chunk.buffer, 0, 0, this.#at);
    this.#chunk?.drop();
    this.#chunk = chunk;
    this.#bytes = chunk.buffer;
  }

  /** `bytes` from one index up to another. */
  bytes(bytes: Uint8Array, from = 0, to = bytes.length): void {
    if (to - from > SHORT) {
      this.#bytes.set(bytes.subarray(from, to), this.#at);
      this.#at += to - from;
      return;
    }
    const target = this.#bytes;
    let at = this.#at;
    for (let index = from; index < to; index++) target[at++] = bytes[index] ?? 0;
    this.#at = at;
  }

  /** Once more the `length` bytes that were written `back` bytes ago. */
  again(back: number, length: number): void {
    this.#bytes.copyWithin(this.#at, this.#at - back, this.#at - back + length);
    this.#at += length;
  }

  /** The number of a line, and its end: at most `END_LENGTH` bytes. */
  endLine(value: number, tail: number): void {
    const line = this.#lines++;
    if (line >= this.#columns.values.length) this.#columns = columnsOf(this.#columns, 2 * line);
    const { values, tails, at, widths } = this.#columns;
    const text = numberText(value);
    const width = widthOf(text);
    values[line] = value;
    tails[line] = tail;
    at[line] = this.#at;
    widths[line] = width;
    putNumber(this.#bytes, this.#at, value, text);
    this.#at += width;
    this.#bytes[this.#at++] = NEWLINE;
  }

  /** Whether a line with this tail was written for the route in hand. */
  has(tail: number): boolean {
    const { tails } = this.#columns;
    for (let line = this.#lineEnds.at(-1) ?? 0; line < this.#lines; line++) if (tails[line] === tail) return true;
    return false;
  }

  /** All lines of a route were written. */
  endRoute(): void {
    this.#lineEnds.push(this.#lines);
  }

  /** What was written since the last block. `first`: its first route. */
  finish(first: number): LineBlock {
    const block = new LineBlock(
      first,
      Int32Array.from(this.#lineEnds),
      columnsOf(this.#columns, this.#lines),
      this.#chunk ?? this.#pool.take(0),
      this.#at,
    );
    this.#chunk = null;
    this.#bytes = NO_BYTES;
    this.#at = this.#lines = 0;
    this.#lineEnds = [];
    return block;
  }
}

const NO_BYTES = Buffer.alloc(0);
