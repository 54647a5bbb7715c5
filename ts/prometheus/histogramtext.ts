import type { IHistogramSnapshot } from '../interfaces/snapshot.js';
import { formatEdge, formatValue } from './format.js';

/** The values of `le` as text, one for each bucket. */
export function edgeTexts(edges: readonly number[]): string[] {
  return [...edges.map(formatEdge), '+Inf'];
}

/** All lines of one histogram: three more than it has edges. `labels` without braces; empty without labels. */
export function histogramText(name: string, labels: string, { edges, counts, sum }: IHistogramSnapshot): string {
  const before = labels === '' ? '' : `${labels},`;
  const braces = labels === '' ? '' : `{${labels}}`;
  let cumulative = 0;
  let text = '';
  for (const [bucket, edge] of edgeTexts(edges).entries()) {
    cumulative += counts[bucket] ?? 0;
    text += `${name}_bucket{${before}le="${edge}"} ${formatValue(cumulative)}\n`;
  }
  // The count is the last bucket by construction, whatever the source says it is.
  return `${text}${name}_sum${braces} ${formatValue(sum)}\n${name}_count${braces} ${formatValue(cumulative)}\n`;
}
