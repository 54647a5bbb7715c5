import { Chunk } from './classes.chunk.js';

/** Bytes of a chunk, about. */
export const CHUNK_LENGTH = 65_536;
/** What one page gives back while another one is read: some 32 MB. */
const MOST_FREE = 512;

/** Memory that no page needs any more, for the pages to come: collecting it after each scrape would stall the process. */
export class ChunkPool {
  readonly #free: Buffer<ArrayBuffer>[] = [];

  /** At least so many bytes, for its first holder. */
  take(length = CHUNK_LENGTH): Chunk {
    if (length > CHUNK_LENGTH) return new Chunk(Buffer.allocUnsafeSlow(length), this);
    return new Chunk(this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_LENGTH), this);
  }

  /** A buffer that nobody reads or writes any more. */
  give(buffer: Buffer<ArrayBuffer>): void {
    if (buffer.length === CHUNK_LENGTH && this.#free.length < MOST_FREE) this.#free.push(buffer);
  }

  /** Keeps no more than so many: what was enough for many routes is too much when they have become few. */
  trim(most: number): void {
    if (this.#free.length > most) this.#free.length = most;
  }
}
