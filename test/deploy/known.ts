import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { METRICS } from '../../ts/catalog/index.js';
import { mentionedIn } from './promql.js';

/** Metric names as a query may have them, with the labels that they have. */
export type TKnown = ReadonlyMap<string, readonly string[]>;

/** Every target has these. */
const TARGET = ['job', 'instance'];

/** What Prometheus makes itself. */
const BUILT_IN: readonly (readonly [string, readonly string[]])[] = [
  ['up', []],
  ['scrape_duration_seconds', []],
  ['ALERTS', ['alertname', 'alertstate', 'route']],
];

interface IOwnMetric {
  readonly name: string;
  readonly labelNames?: readonly string[];
}

/** The catalogue, with the default prefix, and the process's own figures. */
export function knownMetrics(): Map<string, readonly string[]> {
  const known = new Map(BUILT_IN);
  const add = (name: string, labels: readonly string[], histogram: boolean): void => {
    if (!histogram) return void known.set(name, labels);
    known.set(`${name}_bucket`, [...labels, 'le']);
    for (const suffix of ['sum', 'count']) known.set(`${name}_${suffix}`, labels);
  };
  for (const { name, type, labels } of METRICS) add(`router_${name}`, labels, type === 'histogram');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const metric of registry.getMetricsAsArray()) {
    const { name, labelNames = [] } = metric as unknown as IOwnMetric;
    add(name, labelNames, metric instanceof Histogram);
  }
  return known;
}

/** What an expression has that nobody offers. */
export function unknownIn(expression: string, known: TKnown): string[] {
  const { selectors, grouping } = mentionedIn(expression);
  const found = selectors.length === 0 ? [`${expression}: it has no metric`] : [];
  const offered = new Set(TARGET);
  for (const { name, labels } of selectors) {
    const its = known.get(name);
    if (its === undefined) found.push(`${name}: there is no such metric`);
    for (const label of its ?? []) offered.add(label);
    for (const label of labels) {
      if (its !== undefined && !its.includes(label) && !TARGET.includes(label))
        found.push(`${name} has no label ${label}`);
    }
  }
  for (const label of grouping) {
    if (!offered.has(label)) found.push(`${selectors.map(({ name }) => name).join()}: none has a label ${label}`);
  }
  return found;
}
