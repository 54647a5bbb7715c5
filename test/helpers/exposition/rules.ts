import { ExpositionError } from './error.js';
import { seriesKey } from './model.js';
import type { IParsedFamily, IParsedSample } from './model.js';

/** What holds of a whole family in both formats, once its lines are read. `suffix`: what follows the family's name. */
export function checkFamily(family: IParsedFamily): void {
  for (const sample of family.samples) {
    const suffix = sample.name.slice(family.name.length);
    if (mustCount(family.type, suffix) && !(sample.value >= 0)) {
      throw new ExpositionError(sample.line, `${sample.name} is a count and cannot be ${sample.text}`);
    }
  }
  if (family.type === 'histogram') checkHistograms(family);
  if (family.type === 'summary') checkSummaries(family);
}

function mustCount(type: string, suffix: string): boolean {
  if (type === 'counter') return suffix !== '_created';
  if (type === 'histogram') return suffix === '_count' || suffix === '_bucket';
  return type === 'summary' && (suffix === '_count' || suffix === '_sum');
}

/** Samples of a family that differ in nothing but the one label that its type owns. */
function metricsOf(family: IParsedFamily, label: string): IParsedSample[][] {
  const metrics = new Map<string, IParsedSample[]>();
  for (const sample of family.samples) {
    const key = seriesKey('', sample.labels, [label]);
    const metric = metrics.get(key);
    if (metric === undefined) metrics.set(key, [sample]);
    else metric.push(sample);
  }
  return [...metrics.values()];
}

function checkHistograms(family: IParsedFamily): void {
  for (const metric of metricsOf(family, 'le')) {
    const named = (suffix: string): IParsedSample[] => metric.filter(({ name }) => name === `${family.name}${suffix}`);
    const buckets = named('_bucket');
    const line = metric[0]?.line ?? family.line;
    let before: { edge: number; value: number } | null = null;
    for (const bucket of buckets) {
      const edge = edgeOf(bucket, 'le');
      if (!Number.isInteger(bucket.value)) throw new ExpositionError(bucket.line, 'bucket that is not a whole number');
      if (before !== null && edge <= before.edge) throw new ExpositionError(bucket.line, 'buckets not in order of le');
      if (before !== null && bucket.value < before.value) {
        throw new ExpositionError(bucket.line, 'bucket below the one before it');
      }
      before = { edge, value: bucket.value };
    }
    if (before?.edge !== Infinity) throw new ExpositionError(line, 'histogram without a +Inf bucket');
    const [count] = named('_count');
    const [sum] = named('_sum');
    if (count === undefined || sum === undefined) throw new ExpositionError(line, 'histogram without _count or _sum');
    if (count.value !== before.value) throw new ExpositionError(count.line, '_count that is not the +Inf bucket');
    for (const sample of [count, sum]) {
      if ('le' in sample.labels) throw new ExpositionError(sample.line, 'le on what is not a bucket');
    }
    const negative = buckets.some((bucket) => edgeOf(bucket, 'le') < 0);
    if (Number.isNaN(sum.value) || (!negative && sum.value < 0)) throw new ExpositionError(sum.line, 'negative _sum');
  }
}

function checkSummaries(family: IParsedFamily): void {
  for (const metric of metricsOf(family, 'quantile')) {
    let before = -1;
    for (const sample of metric) {
      const quantile = sample.labels['quantile'];
      if (sample.name !== family.name) {
        if (quantile !== undefined) throw new ExpositionError(sample.line, 'quantile on a _sum or _count');
        continue;
      }
      const edge = edgeOf(sample, 'quantile');
      if (edge < 0 || edge > 1) throw new ExpositionError(sample.line, 'quantile that is not from 0 to 1');
      if (edge <= before) throw new ExpositionError(sample.line, 'quantiles not in order');
      before = edge;
    }
  }
}

const EDGE = /^([+-]?Inf|[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?)$/;

function edgeOf(sample: IParsedSample, label: string): number {
  const text = sample.labels[label];
  if (text === undefined || !EDGE.test(text)) throw new ExpositionError(sample.line, `${label} that is not a number`);
  return numberOf(text);
}

/** A number of either format's grammar, already checked. */
export function numberOf(text: string): number {
  const special = /^([+-]?)inf(inity)?$/i.exec(text);
  if (special !== null) return special[1] === '-' ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? Number.NaN : Number(text);
}
