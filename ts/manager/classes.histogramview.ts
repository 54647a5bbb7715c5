import type { IHistogramSnapshot } from '../interfaces/snapshot.js';
import { BLOCK_ROUTES, handy } from './routecells.js';

/** A histogram in the columns of a block, turned to one route after the other. */
export class HistogramView implements IHistogramSnapshot {
  readonly edges: readonly number[];
  readonly counts: number[];
  sum = 0;
  count = 0;
  readonly #column: number;

  /** `column`: the first of its columns. */
  constructor(column: number, edges: readonly number[]) {
    this.#column = column;
    this.edges = edges;
    this.counts = edges.map(() => 0).concat(0);
  }

  /** `null` where nothing was observed. */
  turn(cells: Float64Array, row: number): IHistogramSnapshot | null {
    const { counts } = this;
    let cell = this.#column + row;
    let count = 0;
    for (let bucket = 0; bucket < counts.length; bucket++) {
      const times = handy(cells[cell] ?? 0);
      counts[bucket] = times;
      count += times;
      cell += BLOCK_ROUTES;
    }
    if (count === 0) return null;
    this.count = count;
    this.sum = cells[cell] ?? 0;
    return this;
  }
}
