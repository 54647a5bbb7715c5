import type { IHistogramSnapshot } from '../interfaces/snapshot.js';
import type { IDurationStats } from '../interfaces/stats.js';

/**
 * An estimate of the `q`-quantile (0 to 1) of a histogram, by linear interpolation within the bucket that holds it.
 *
 * With `rank = q × count`, the first bucket whose cumulative count reaches `rank` holds the quantile, and
 * `lower + (upper − lower) × (rank − observations below the bucket) ÷ observations in the bucket` is the estimate. The
 * first bucket begins at 0. Where the quantile lies above the last edge, the last edge is returned: nothing is known
 * beyond it. This is what Prometheus' `histogram_quantile()` does
 * (https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile).
 *
 * `null` for a histogram without observations or without edges.
 */
export function quantileOf(histogram: IHistogramSnapshot, q: number): number | null {
  const { edges, counts } = histogram;
  const last = edges.at(-1);
  const count = counts.reduce((sum, n) => sum + n, 0);
  if (last === undefined || count === 0) return null;
  const rank = q * count;
  let below = 0;
  let lower = 0;
  for (const [index, upper] of edges.entries()) {
    const inBucket = counts[index] ?? 0;
    if (inBucket > 0 && below + inBucket >= rank) return lower + ((upper - lower) * (rank - below)) / inBucket;
    below += inBucket;
    lower = upper;
  }
  return last;
}

/** Count, mean and quantiles of a histogram of seconds; `null` where nothing was observed. */
export function durationOf(histogram: IHistogramSnapshot | null): IDurationStats | null {
  if (histogram === null || histogram.count === 0) return null;
  const [p50, p90, p99] = [quantileOf(histogram, 0.5), quantileOf(histogram, 0.9), quantileOf(histogram, 0.99)];
  if (p50 === null || p90 === null || p99 === null) return null;
  return { count: histogram.count, mean: histogram.sum / histogram.count, p50, p90, p99, histogram };
}

/** One histogram of several with the same edges; `null` where there is none, or where edges differ and adding would lie. */
export function mergedHistogram(histograms: readonly IHistogramSnapshot[]): IHistogramSnapshot | null {
  const [first] = histograms;
  if (first === undefined) return null;
  const sameEdges = (other: IHistogramSnapshot): boolean =>
    other.edges.length === first.edges.length && other.edges.every((edge, index) => edge === first.edges[index]);
  if (!histograms.every(sameEdges)) return null;
  return {
    edges: first.edges,
    counts: first.counts.map((_, index) => histograms.reduce((sum, one) => sum + (one.counts[index] ?? 0), 0)),
    sum: histograms.reduce((sum, one) => sum + one.sum, 0),
    count: histograms.reduce((sum, one) => sum + one.count, 0),
  };
}
