import type { IHistogramSnapshot } from '../../interfaces/snapshot.js';
import { seconds, textOf } from './format.js';

export interface IBucket {
  /** The upper bound in seconds, or `+Inf`. */
  readonly key: string;
  readonly label: string;
  readonly value: number;
}

/** The buckets that hold something, and those between them: one line each, with its bounds. */
export function bucketsOf({ edges, counts }: IHistogramSnapshot): readonly IBucket[] {
  const filled = counts.flatMap((amount, index) => (amount > 0 ? [index] : []));
  const [first = 0] = filled;
  const last = filled.at(-1) ?? -1;
  return counts.slice(first, last + 1).map((value, offset) => {
    const index = first + offset;
    return { key: edges[index] === undefined ? '+Inf' : String(edges[index]), label: boundsOf(edges, index), value };
  });
}

function boundsOf(edges: readonly number[], index: number): string {
  const lower = edges[index - 1];
  const upper = edges[index];
  if (upper === undefined) return lower === undefined ? 'any' : `over ${textOf(seconds(lower))}`;
  return lower === undefined
    ? `up to ${textOf(seconds(upper))}`
    : `${textOf(seconds(lower))} – ${textOf(seconds(upper))}`;
}
