import type { Chunk } from './classes.chunk.js';
import type { ChunkPool } from './classes.chunkpool.js';
import type { LineChanges } from './classes.linechanges.js';
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

  /** Writes the numbers of the lines that `changes` names as the columns have them now. */
  rewrite(changes: LineChanges, pool: ChunkPool): void {
    const { values, at, widths } = this.columns;
    const { lines, count, texts } = changes;
    if (this.#chunk.shared) this.#move(pool.take(this.#length));
    const { buffer } = this.#chunk;
    let moving = 0;
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
      // Those that take more or fewer bytes than they did come to the front.
      texts[moving] = text;
      lines[moving++] = line;
      grown += more;
    }
    if (moving === 0) return;
    if (this.#length + grown > buffer.length) this.#move(pool.take(this.#length + grown));
    changes.count = moving;
    this.#makeRoom(changes, grown);
    this.#fill(changes);
    this.#length += grown;
  }

  /**
   * Moves what lies between numbers of other widths to where it belongs, each part once: those that go to the left from
   * the first one on, those that go to the right from the last one on, so that none is written over before it was moved.
   */
  #makeRoom({ lines, count, texts }: LineChanges, grown: number): void {
    const { at, widths } = this.columns;
    const { buffer } = this.#chunk;
    const widened = (index: number): number => widthOf(texts[index] ?? '') - (widths[lines[index] ?? 0] ?? 0);
    const move = (index: number, by: number): void => {
      const line = lines[index] ?? 0;
      const next = index + 1 < count ? (at[lines[index + 1] ?? 0] ?? 0) : this.#length;
      const from = (at[line] ?? 0) + (widths[line] ?? 0);
      buffer.copyWithin(from + by, from, next);
    };
    let by = 0;
    for (let index = 0; index < count; index++) {
      by += widened(index);
      if (by < 0) move(index, by);
    }
    by = grown;
    for (let index = count - 1; index >= 0; index--) {
      if (by > 0) move(index, by);
      by -= widened(index);
    }
  }

  /** Writes the numbers of other widths into the room that was made, and notes where all of them stand now. */
  #fill({ lines, count, texts }: LineChanges): void {
    const { values, at, widths } = this.columns;
    const { buffer } = this.#chunk;
    let moved = 0;
    for (let index = 0; index < count; index++) {
      const line = lines[index] ?? 0;
      const text = texts[index] ?? '';
      putNumber(buffer, (at[line] ?? 0) + moved, values[line] ?? 0, text);
      at[line] = (at[line] ?? 0) + moved;
      moved += widthOf(text) - (widths[line] ?? 0);
      widths[line] = widthOf(text);
      const next = index + 1 < count ? (lines[index + 1] ?? 0) : at.length;
      if (moved !== 0) for (let after = line + 1; after < next; after++) at[after] = (at[after] ?? 0) + moved;
    }
  }

  #move(chunk: Chunk): void {
    this.#chunk.buffer.copy(chunk.buffer, 0, 0, this.#length);
    this.#chunk.drop();
    this.#chunk = chunk;
  }
}
