import type { IMetric, IReadContext } from '../catalog/index.js';
import type { IHistogramSnapshot, IRouterSnapshot } from '../interfaces/snapshot.js';
import type { IBlock, IFamily } from './family.js';
import { formatEdge, formatValue, labelText } from './format.js';

/** A catalogue metric as a family of one snapshot. Lazy: samples are read and written as they are asked for. */
export function catalogFamily(
  metric: IMetric,
  prefix: string,
  snapshot: IRouterSnapshot,
  context: IReadContext,
): IFamily {
  const { type, unit, help } = metric;
  const name = `${prefix}${metric.name}`;
  return { name, type, unit, help, blocks: blocks(metric, name, snapshot, context) };
}

function* blocks(metric: IMetric, name: string, snapshot: IRouterSnapshot, context: IReadContext): Iterable<IBlock> {
  // Keys are made well-formed where they enter the manager; here two that are equal only in UTF-8 must not make the
  // whole exposition unreadable, whatever source they come from.
  const seen = new Set<string>();
  const edges = edgeTexts();
  for (const { labels, value } of metric.read(snapshot, context)) {
    const text = labelText(metric.labels, labels);
    if (seen.has(text)) continue;
    seen.add(text);
    if (typeof value === 'number') {
      yield { text: `${name}${text === '' ? '' : `{${text}}`} ${formatValue(value)}\n`, series: 1 };
    } else {
      yield histogramBlock(name, text, value, edges(value.edges));
    }
  }
}

function histogramBlock(name: string, labels: string, histogram: IHistogramSnapshot, edges: readonly string[]): IBlock {
  const before = labels === '' ? '' : `${labels},`;
  const braces = labels === '' ? '' : `{${labels}}`;
  let text = '';
  let cumulative = 0;
  for (const [index, edge] of edges.entries()) {
    cumulative += histogram.counts[index] ?? 0;
    text += `${name}_bucket{${before}le="${edge}"} ${formatValue(cumulative)}\n`;
  }
  // The count is the last bucket by construction, whatever the source says it is.
  cumulative += histogram.counts[edges.length] ?? 0;
  text += `${name}_bucket{${before}le="+Inf"} ${formatValue(cumulative)}\n`;
  text += `${name}_sum${braces} ${formatValue(histogram.sum)}\n`;
  text += `${name}_count${braces} ${formatValue(cumulative)}\n`;
  return { text, series: edges.length + 3 };
}

/** Edges as text; those of the sample before are kept, since a family's histograms mostly share them. */
function edgeTexts(): (edges: readonly number[]) => readonly string[] {
  let last: readonly number[] = [];
  let texts: readonly string[] = [];
  return (edges) => {
    if (edges !== last && (edges.length !== last.length || edges.some((edge, index) => edge !== last[index]))) {
      texts = edges.map(formatEdge);
    }
    last = edges;
    return texts;
  };
}
