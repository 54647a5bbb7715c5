import type { Chunk } from './classes.chunk.js';
import { ChunkPool } from './classes.chunkpool.js';

const NO_BYTES = Buffer.alloc(0);

/** A page as UTF-8 in the making: text that is written to chunks of its own, and pieces of memory that others wrote. */
export class PageBytes {
  /** All that it holds. */
  readonly chunks: Chunk[] = [];
  readonly #pool: ChunkPool;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #buffer = NO_BYTES;
  /** Of its own text: where the next piece begins, and where the next byte goes. */
  #from = 0;
  #at = 0;
  /** Bytes in the pieces. */
  #before = 0;

  constructor(pool = new ChunkPool()) {
    this.#pool = pool;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#before + this.#at - this.#from;
  }

  text(text: string): void {
    const most = text.length * 3;
    if (this.#at + most > this.#buffer.length) {
      this.#cut();
      this.#buffer = this.#take(most);
      this.#from = this.#at = 0;
    }
    this.#at += this.#buffer.write(text, this.#at);
  }

  /** Takes the text of the last call back, as far as it goes beyond the first `length` bytes. */
  undo(length: number): void {
    this.#at -= this.length - length;
  }

  /** The first bytes of a chunk, which are not to be changed while this page holds it. */
  share(chunk: Chunk, length: number): void {
    if (length === 0) return;
    this.#cut();
    chunk.hold();
    this.chunks.push(chunk);
    this.#pieces.push(chunk.buffer.subarray(0, length));
    this.#before += length;
  }

  finish(): readonly Uint8Array<ArrayBuffer>[] {
    this.#cut();
    return this.#pieces;
  }

  #take(length: number): Buffer<ArrayBuffer> {
    const chunk = this.#pool.take(length);
    this.chunks.push(chunk);
    return chunk.buffer;
  }

  #cut(): void {
    if (this.#at === this.#from) return;
    this.#pieces.push(this.#buffer.subarray(this.#from, this.#at));
    this.#before += this.#at - this.#from;
    this.#from = this.#at;
  }
}
