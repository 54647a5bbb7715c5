import { CHUNK_LENGTH, ChunkPool } from './classes.chunkpool.js';
import { formatValue } from './format.js';

/** The most that a number and the end of its line take. */
export const END_LENGTH = 32;
/** Up to here a loop copies faster than a call. */
const SHORT = 64;
const [ZERO, NEWLINE] = [48, 10];

/** A page as UTF-8 in the making. Text is put together as bytes: strings that are joined late are garbage and stalls. */
export class PageBytes {
  /** The chunks with what room they have left; the last one is written to. */
  readonly buffers: Buffer<ArrayBuffer>[] = [];
  readonly #pool: ChunkPool;
  readonly #ends: number[] = [];
  #chunk: Buffer<ArrayBuffer>;
  #at = 0;
  /** Bytes in the chunks before. */
  #before = 0;

  constructor(pool = new ChunkPool()) {
    this.#pool = pool;
    this.#chunk = pool.take();
    this.buffers.push(this.#chunk);
  }

  /** Bytes so far. */
  get length(): number {
    return this.#before + this.#at;
  }

  /** Where the next byte goes: an index in the last of `buffers`. */
  get at(): number {
    return this.#at;
  }

  /** Makes sure that so many bytes follow in one chunk; the calls that write bytes rely on it. */
  reserve(length: number): void {
    if (this.#at + length <= this.#chunk.length) return;
    // What nothing was written to is no chunk of the page.
    if (this.#at === 0) this.buffers.pop();
    else this.#ends.push(this.#at);
    this.#before += this.#at;
    this.#at = 0;
    this.#chunk = length > CHUNK_LENGTH ? Buffer.allocUnsafeSlow(length) : this.#pool.take();
    this.buffers.push(this.#chunk);
  }

  /** Reserves for itself. */
  text(text: string): void {
    this.reserve(text.length * 3);
    this.#at += this.#chunk.write(text, this.#at);
  }

  /** Takes back all that follows the first `length` bytes, of which what is kept ends a chunk or lies in the last one. */
  undo(length: number): void {
    while (length < this.#before) {
      this.buffers.pop();
      this.#chunk = this.buffers.at(-1) ?? this.#chunk;
      this.#before -= this.#ends.pop() ?? this.#before;
    }
    this.#at = length - this.#before;
  }

  /** `bytes` from one index up to another. */
  bytes(bytes: Uint8Array, from = 0, to = bytes.length): void {
    if (to - from > SHORT) {
      this.#chunk.set(bytes.subarray(from, to), this.#at);
      this.#at += to - from;
      return;
    }
    const chunk = this.#chunk;
    let at = this.#at;
    for (let index = from; index < to; index++) chunk[at++] = bytes[index] ?? 0;
    this.#at = at;
  }

  /** The same for many bytes, which a call copies faster than a loop. */
  copy(bytes: Buffer, from: number, to: number): void {
    this.#at += bytes.copy(this.#chunk, this.#at, from, to);
  }

  /** Once more the `length` bytes that were written `back` bytes ago. */
  again(back: number, length: number): void {
    this.#chunk.copyWithin(this.#at, this.#at - back, this.#at - back + length);
    this.#at += length;
  }

  /** A number and the end of its line: at most `END_LENGTH` bytes. Returns how many the number took. */
  endLine(value: number): number {
    const from = this.#at;
    this.#at += this.#number(value, from, widthOf(value));
    const width = this.#at - from;
    this.#chunk[this.#at++] = NEWLINE;
    return width;
  }

  /**
   * Puts a number in the place of one that starts at an index of the last chunk and took `width` bytes; where it takes
   * another number of them, what follows is moved. Returns how many it takes.
   */
  replace(at: number, width: number, value: number): number {
    const text = widthOf(value);
    const needed = typeof text === 'number' ? text : text.length;
    if (needed !== width) {
      this.#chunk.copyWithin(at + needed, at + width, this.#at);
      this.#at += needed - width;
    }
    return this.#number(value, at, text);
  }

  finish(): readonly Uint8Array<ArrayBuffer>[] {
    const ends = [...this.#ends, this.#at];
    return this.buffers.map((buffer, index) => buffer.subarray(0, ends[index])).filter(({ length }) => length > 0);
  }

  #number(value: number, at: number, text: number | string): number {
    const chunk = this.#chunk;
    if (typeof text === 'string') {
      for (let index = 0; index < text.length; index++) chunk[at + index] = text.charCodeAt(index);
      return text.length;
    }
    let rest = value;
    for (let place = at + text - 1; place >= at; place--) {
      const tenth = (rest / 10) | 0;
      chunk[place] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    return text;
  }
}

/** How many digits a small whole number has, which nearly all are; of any other number its text. */
function widthOf(value: number): number | string {
  if ((value | 0) !== value || value < 0 || Object.is(value, -0)) return formatValue(value);
  let width = 1;
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) width++;
  return width;
}
