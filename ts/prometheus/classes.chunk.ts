import type { ChunkPool } from './classes.chunkpool.js';

/** Memory that pages which are being read share with the one to come. It goes back to the pool when all are done. */
export class Chunk {
  readonly buffer: Buffer<ArrayBuffer>;
  readonly #pool: ChunkPool;
  #holders = 1;

  constructor(buffer: Buffer<ArrayBuffer>, pool: ChunkPool) {
    this.buffer = buffer;
    this.#pool = pool;
  }

  /** Whether somebody else holds it, too: then it is not to be written to. */
  get shared(): boolean {
    return this.#holders > 1;
  }

  hold(): void {
    this.#holders++;
  }

  /** Once for each holder. */
  drop(): void {
    if (--this.#holders === 0) this.#pool.give(this.buffer);
  }
}
