import type { IHistogramSnapshot } from '../interfaces/snapshot.js';
import { formatEdge, formatValue } from './format.js';

/** The ends of a histogram's bucket lines up to their value, one for each edge and one for what is above the last. */
export type TBucketEnds = readonly string[];

/** Those of the histogram before are kept, since a family's histograms mostly share their edges. */
export function bucketEnds(): (edges: readonly number[]) => TBucketEnds {
  let last: readonly number[] | null = null;
  let ends: TBucketEnds = [];
  return (edges) => {
    if (
      last === null ||
      (edges !== last && (edges.length !== last.length || edges.some((edge, i) => edge !== last?.[i])))
    ) {
      ends = [...edges.map(formatEdge), '+Inf'].map((edge) => `${edge}"} `);
    }
    last = edges;
    return ends;
  };
}

/** All lines of one histogram: `ends.length + 2` of them. `labels` without braces; empty without labels. */
export function histogramText(
  name: string,
  labels: string,
  { counts, sum }: IHistogramSnapshot,
  ends: TBucketEnds,
): string {
  const start = `${name}_bucket{${labels === '' ? '' : `${labels},`}le="`;
  const next = `\n${start}`;
  const braces = labels === '' ? '' : `{${labels}}`;
  let cumulative = 0;
  let text = '';
  for (let bucket = 0; bucket < ends.length; bucket++) {
    cumulative += counts[bucket] ?? 0;
    text += (bucket === 0 ? start : next) + (ends[bucket] ?? '') + formatValue(cumulative);
  }
  // The count is the last bucket by construction, whatever the source says it is.
  return `${text}\n${name}_sum${braces} ${formatValue(sum)}\n${name}_count${braces} ${formatValue(cumulative)}\n`;
}
