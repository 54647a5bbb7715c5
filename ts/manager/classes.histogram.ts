import type { IHistogramSnapshot } from '../interfaces/snapshot.js';

/** Fixed buckets with inclusive upper edges, not cumulative; the last slot holds what is above the last edge. */
export class Histogram {
  readonly #edges: readonly number[];
  // A plain array: a typed one of 16 costs more memory, and eight times the time to be copied and frozen.
  readonly #counts: number[];
  #sum = 0;
  #count = 0;
  /** Kept until the next observation. */
  #snapshot: IHistogramSnapshot | null = null;

  constructor(edges: readonly number[]) {
    this.#edges = Object.freeze(edges);
    this.#counts = Array<number>(edges.length + 1).fill(0);
  }

  /** In the edges' unit. What is no finite, non-negative number is left out: one of them would spoil the sum for good. */
  observe(value: number): void {
    const bucket = bucketOf(this.#edges, value);
    if (bucket < 0) return;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#snapshot = null;
    this.#sum += value;
    this.#count++;
  }

  /** Frozen. */
  snapshot(): IHistogramSnapshot {
    return (this.#snapshot ??= Object.freeze({
      edges: this.#edges,
      counts: Object.freeze(this.#counts.slice()),
      sum: this.#sum,
      count: this.#count,
    }));
  }
}

/** The index of a value's bucket; -1 of what is no finite, non-negative number. */
export function bucketOf(edges: readonly number[], value: number): number {
  if (!(value >= 0 && value < Infinity)) return -1;
  let bucket = 0;
  // At most 15 edges: a scan beats a binary search.
  while (bucket < edges.length && value > (edges[bucket] ?? Infinity)) bucket++;
  return bucket;
}
