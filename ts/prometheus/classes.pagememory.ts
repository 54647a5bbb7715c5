import type { ChunkPool } from './classes.chunkpool.js';

/** The chunks of one page, which go back to the pool when both its reader and the next page are done with them. */
export class PageMemory {
  readonly #pool: ChunkPool;
  readonly #chunks: readonly Buffer<ArrayBuffer>[];
  #read = false;
  #superseded = false;
  #given = false;

  constructor(pool: ChunkPool, chunks: readonly Buffer<ArrayBuffer>[]) {
    this.#pool = pool;
    this.#chunks = chunks;
  }

  /** Its reader is done. Idempotent. */
  release(): void {
    this.#read = true;
    this.#give();
  }

  /** No later page is copied from it. Idempotent. */
  supersede(): void {
    this.#superseded = true;
    this.#give();
  }

  #give(): void {
    if (!this.#read || !this.#superseded || this.#given) return;
    this.#given = true;
    this.#pool.give(this.#chunks);
  }
}
