/** Bytes of a chunk, about. */
export const CHUNK_LENGTH = 65_536;

/**
 * Memory of pages that nobody reads any more, for the pages to come: one of ten thousand routes takes 45 MB, and
 * collecting that after each scrape stalls the process.
 */
export class ChunkPool {
  #free: Buffer<ArrayBuffer>[] = [];

  take(): Buffer<ArrayBuffer> {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_LENGTH);
  }

  /** Chunks that are read no more. As many are kept as these are: a page's. */
  give(chunks: readonly Buffer<ArrayBuffer>[]): void {
    const usual = chunks.filter(({ length }) => length === CHUNK_LENGTH);
    this.#free = [...usual, ...this.#free].slice(0, usual.length);
  }
}
