import type { IHistogramSnapshot } from '../interfaces/snapshot.js';

/** Fixed buckets with inclusive upper edges, not cumulative; the last slot holds what is above the last edge. */
export class Histogram {
  readonly #edges: readonly number[];
  // A plain array: a typed one of 16 costs more memory, and eight times the time to be copied and frozen.
  readonly #counts: number[];
  #sum = 0;
  #count = 0;
  /** Kept until the next observation: of many routes most are idle between two reads. */
  #snapshot: IHistogramSnapshot | null = null;

  constructor(edges: readonly number[]) {
    this.#edges = Object.freeze(edges);
    this.#counts = Array<number>(edges.length + 1).fill(0);
  }

  /** In the edges' unit. What is no finite, non-negative number is left out: one of them would spoil the sum for good. */
  observe(value: number): void {
    if (!(value >= 0 && value < Infinity)) return;
    const edges = this.#edges;
    let bucket = 0;
    // At most 15 edges: a scan beats a binary search.
    while (bucket < edges.length && value > (edges[bucket] ?? Infinity)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#snapshot = null;
    this.#sum += value;
    this.#count++;
  }

  /** Adds all of `other`, which must have the same edges. */
  merge(other: Histogram): void {
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + (other.#counts[bucket] ?? 0);
    }
    this.#snapshot = null;
    this.#sum += other.#sum;
    this.#count += other.#count;
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

/** Where two histograms of the same edges become one, either of which may not have been made yet. */
export function mergedHistogram(
  into: Histogram | null,
  from: Histogram | null,
  edges: readonly number[],
): Histogram | null {
  if (from === null) return into;
  const target = into ?? new Histogram(edges);
  target.merge(from);
  return target;
}
