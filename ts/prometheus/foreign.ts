import type { PageBytes } from './classes.pagebytes.js';
import type { IFamily, TFamilyType } from './family.js';
import { namesOf } from './family.js';
import { formatValue, LABEL_NAME, labelText, METRIC_NAME } from './format.js';

/**
 * A prom-client registry, or anything of its shape. Read as data only: `metrics()` of a registry that is set to
 * OpenMetrics renames its counters for good.
 */
export interface IMetricsRegistry {
  getMetricsAsJSON(): Promise<readonly unknown[]>;
}

/**
 * `duplicate`: another family has a name that this one needs. `name`: a name that Prometheus' rules do not allow, or
 * `_total` on what is no counter. `shape`: not a metric that either format can carry.
 */
export type TLeftOutReason = 'duplicate' | 'name' | 'shape';

/** A family of a foreign registry that is not in the exposition. */
export interface ILeftOut {
  readonly name: string;
  readonly reason: TLeftOutReason;
}

interface IForeignValue {
  readonly value: number;
  readonly metricName?: string | undefined;
  readonly labels?: Readonly<Record<string, unknown>> | undefined;
}

const TYPES: Readonly<Record<string, TFamilyType>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
};

/**
 * One entry of `getMetricsAsJSON()` as a family, or why it is none. A counter always ends in `_total`: whether its
 * registry still says so depends on what it rendered before.
 */
export function foreignFamily(entry: unknown): IFamily | ILeftOut {
  if (!isRecord(entry) || typeof entry['name'] !== 'string') return { name: '', reason: 'shape' };
  const type = TYPES[String(entry['type'])];
  const given = entry['name'];
  const values = entry['values'];
  if (type === undefined || !Array.isArray(values) || !values.every(isValue)) return { name: given, reason: 'shape' };
  const name = type === 'counter' && !given.endsWith('_total') ? `${given}_total` : given;
  if (!METRIC_NAME.test(name) || (type !== 'counter' && name.endsWith('_total'))) return { name, reason: 'name' };
  if (values.some((value) => labelsOf(value).some(([label]) => !LABEL_NAME.test(label)))) {
    return { name, reason: 'name' };
  }
  const help = typeof entry['help'] === 'string' ? entry['help'] : '';
  return { name, type, unit: null, help, write: (page) => write(page, name, type, values) };
}

function* write(page: PageBytes, name: string, type: TFamilyType, values: readonly IForeignValue[]): Iterable<number> {
  const allowed = new Set(namesOf(name, type));
  const seen = new Set<string>();
  for (const value of values) {
    const sample = type === 'counter' ? name : (value.metricName ?? name);
    // A counter that is negative or not a number is none.
    if (!allowed.has(sample) || (type === 'counter' && !(value.value >= 0))) continue;
    const labels = labelsOf(value);
    // In whatever order its labels are, it is one series.
    const series = `${sample}{${textOf(labels.toSorted(([a], [b]) => (a < b ? -1 : 1)))}}`;
    if (seen.has(series)) continue;
    seen.add(series);
    const text = textOf(labels);
    page.text(`${sample}${text === '' ? '' : `{${text}}`} ${formatValue(value.value)}\n`);
    yield 1;
  }
}

function textOf(labels: readonly (readonly [string, string])[]): string {
  return labelText(
    labels.map(([label]) => label),
    labels.map(([, labelValue]) => labelValue),
  );
}

/** An empty label is none: with it or without, Prometheus takes the series for the same. */
function labelsOf(value: IForeignValue): [string, string][] {
  return Object.entries(value.labels ?? {})
    .filter(([, labelValue]) => labelValue !== undefined && labelValue !== '')
    .map(([label, labelValue]) => [label, String(labelValue)]);
}

function isValue(value: unknown): value is IForeignValue {
  return isRecord(value) && typeof value['value'] === 'number';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
