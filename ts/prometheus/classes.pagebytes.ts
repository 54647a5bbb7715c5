import { formatValue } from './format.js';

/** Bytes of a chunk, about. */
const CHUNK_LENGTH = 65_536;
/** The most that a number and the end of its line take. */
export const END_LENGTH = 32;
/** Up to here a loop copies faster than a call. */
const SHORT = 64;
const [ZERO, NEWLINE] = [48, 10];

/** A page as UTF-8 in the making. Text is put together as bytes: strings that are joined late are garbage and stalls. */
export class PageBytes {
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #chunk = Buffer.allocUnsafeSlow(CHUNK_LENGTH);
  #at = 0;
  /** Bytes in the chunks before. */
  #before = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#before + this.#at;
  }

  /** Makes sure that so many bytes follow in one chunk; the calls that write bytes rely on it. */
  reserve(length: number): void {
    if (this.#at + length <= this.#chunk.length) return;
    this.#flush();
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_LENGTH, length));
  }

  /** Reserves for itself. Returns what `undo` takes. */
  text(text: string): number {
    this.reserve(text.length * 3);
    const from = this.#at;
    this.#at += this.#chunk.write(text, this.#at);
    return from;
  }

  /** Takes back the latest `text`, if nothing followed it. */
  undo(from: number): void {
    this.#at = from;
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

  /** Once more the `length` bytes that were written `back` bytes ago. */
  again(back: number, length: number): void {
    this.#chunk.copyWithin(this.#at, this.#at - back, this.#at - back + length);
    this.#at += length;
  }

  /** A number and the end of its line: at most `END_LENGTH` bytes. */
  endLine(value: number): void {
    // Small whole numbers are nearly all there are.
    if ((value | 0) === value && (value > 0 || Object.is(value, 0))) this.#digits(value);
    else this.#ascii(formatValue(value));
    this.#chunk[this.#at++] = NEWLINE;
  }

  finish(): readonly Uint8Array<ArrayBuffer>[] {
    if (this.#at > 0) this.#flush();
    return this.#chunks;
  }

  #ascii(text: string): void {
    for (let index = 0; index < text.length; index++) this.#chunk[this.#at + index] = text.charCodeAt(index);
    this.#at += text.length;
  }

  #digits(value: number): void {
    let end = this.#at + 1;
    for (let rest = value; rest >= 10; rest = (rest / 10) | 0) end++;
    let rest = value;
    for (let place = end - 1; place >= this.#at; place--) {
      const tenth = (rest / 10) | 0;
      this.#chunk[place] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#at = end;
  }

  #flush(): void {
    this.#chunks.push(this.#chunk.subarray(0, this.#at));
    this.#before += this.#at;
    this.#at = 0;
  }
}
