import type { Chunk } from './classes.chunk.js';
import type { ChunkPool } from './classes.chunkpool.js';
import type { ILineColumns } from './linecolumns.js';
import { numberText, putNumber, widthOf } from './numberbytes.js';

/** The lines of some routes that follow each other, as bytes: numbers are changed in place. */
export class LineBlock {
  /** The first route, and the one after the last. */
  readonly first: number;
  readonly end: number;
  readonly columns: ILineColumns;
  #chunk: Chunk;
  #length: number;
  /** By route: the line after its last. */
  readonly #lineEnds: Int32Array;

  constructor(first: number, lineEnds: Int32Array, columns: ILineColumns, chunk: Chunk, length: number) {
    this.first = first;
    this.end = first + lineEnds.length;
    this.#lineEnds = lineEnds;
    this.columns = columns;
    this.#chunk = chunk;
    this.#length = length;
  }

  get chunk(): Chunk {
    return this.#chunk;
  }

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  get lines(): number {
    return this.columns.values.length;
  }

  /** Of a route: its first line, and the one after its last. */
  firstLine(route: number): number {
    return route === this.first ? 0 : this.endLine(route - 1);
  }

  endLine(route: number): number {
    return this.#lineEnds[route - this.first] ?? 0;
  }

  /** Writes the numbers of the first `count` of `lines`, which ascend, as the columns have them now. */
  rewrite(lines: Int32Array, count: number, pool: ChunkPool): void {
    const { values, at, widths } = this.columns;
    if (this.#chunk.shared) {
      const chunk = pool.take(this.#length);
      this.#chunk.buffer.copy(chunk.buffer, 0, 0, this.#length);
      this.#put(chunk, this.#length);
    }
    const { buffer } = this.#chunk;
    // Of the numbers that take more or fewer bytes than they did.
    const others: number[] = [];
    const texts: (number | string)[] = [];
    let grown = 0;
    for (let index = 0; index < count; index++) {
      const line = lines[index] ?? 0;
      const value = values[line] ?? 0;
      const text = numberText(value);
      const more = widthOf(text) - (widths[line] ?? 0);
      if (more === 0) {
        putNumber(buffer, at[line] ?? 0, value, text);
        continue;
      }
      others.push(line);
      texts.push(text);
      grown += more;
    }
    if (others.length > 0) this.#lay(others, texts, pool.take(this.#length + grown), this.#length + grown);
  }

  /** Copies the block to another chunk, with the numbers of some lines in other widths. */
  #lay(lines: readonly number[], texts: readonly (number | string)[], chunk: Chunk, length: number): void {
    const { values, at, widths } = this.columns;
    const { buffer } = this.#chunk;
    let from = 0;
    let moved = 0;
    let next = 0;
    for (const [index, line] of lines.entries()) {
      const text = texts[index] ?? '';
      const numberAt = at[line] ?? 0;
      const width = widths[line] ?? 0;
      buffer.copy(chunk.buffer, from + moved, from, numberAt);
      for (; next <= line; next++) at[next] = (at[next] ?? 0) + moved;
      putNumber(chunk.buffer, numberAt + moved, values[line] ?? 0, text);
      from = numberAt + width;
      moved += widthOf(text) - width;
      widths[line] = widthOf(text);
    }
    buffer.copy(chunk.buffer, from + moved, from, this.#length);
    for (; next < at.length; next++) at[next] = (at[next] ?? 0) + moved;
    this.#put(chunk, length);
  }

  #put(chunk: Chunk, length: number): void {
    this.#chunk.drop();
    this.#chunk = chunk;
    this.#length = length;
  }
}
