import type { IMetric, IReadContext } from '../catalog/index.js';
import type { IRouterSnapshot } from '../interfaces/snapshot.js';
import type { PageBytes } from './classes.pagebytes.js';
import type { IFamily } from './family.js';
import { formatValue, labelText } from './format.js';
import { histogramText } from './histogramtext.js';

/** A catalogue metric as a family of one snapshot. Lazy: samples are read and written as they are asked for. */
export function catalogFamily(
  metric: IMetric,
  prefix: string,
  snapshot: IRouterSnapshot,
  context: IReadContext,
): IFamily {
  const { type, unit, help } = metric;
  const name = `${prefix}${metric.name}`;
  return { name, type, unit, help, write: (page) => write(page, metric, name, snapshot, context) };
}

function* write(
  page: PageBytes,
  metric: IMetric,
  name: string,
  snapshot: IRouterSnapshot,
  context: IReadContext,
): Iterable<number> {
  // Keys are made well-formed where they enter the manager; here two that are equal only in UTF-8 must not make the
  // whole exposition unreadable, whatever source they come from.
  const seen = new Set<string>();
  for (const { labels, value } of metric.read(snapshot, context)) {
    const text = labelText(metric.labels, labels);
    if (seen.has(text)) continue;
    seen.add(text);
    if (typeof value === 'number') {
      page.text(`${name}${text === '' ? '' : `{${text}}`} ${formatValue(value)}\n`);
      yield 1;
    } else {
      page.text(histogramText(name, text, value));
      yield value.edges.length + 3;
    }
  }
}
