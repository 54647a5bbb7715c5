import fc from 'fast-check';
import { METRICS } from '../../ts/catalog/index.js';
import type { IHistogramSnapshot, IRouterSnapshot, IRouteSnapshot } from '../../ts/interfaces/snapshot.js';
import { seriesKey } from '../helpers/exposition/index.js';
import { emptyRoute, emptySnapshot, fullDns, fullProxy, fullRoute, fullSnapshot } from '../helpers/snapshot.js';

/** Pages whose labels, names and numbers are made to break a format, and what a reader must find on them. */

/** What means something to one of the formats, to UTF-8 or to JavaScript. */
const TOKENS = [
  ...['\\', '"', '\n', '\r', '\t', '\0', '\u001b', '\u007f', '\u0085', '\u2028', '\ufeff', '\ufffd', '\uffff', ' '],
  ...['\ud800', '\udfff', '𐍈', '🙂', 'é', 'e\u0301', '\u202e', '\\n', '\\"', '\\\\', '# EOF\n', '# TYPE a gauge\n'],
  ...['{', '}', ',', '=', '} 1\n', '"} NaN\n', 'le="+Inf"', '__proto__', 'constructor', 'NaN', '0x10', 'a', 'route'],
];
export const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...TOKENS), { maxLength: 6 }).map((tokens) => tokens.join('')) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
  // Longer than what is copied by loop, and across the end of a chunk.
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('w', '"', 'я', '🙂'), fc.nat(300)).map(([one, n]) => one.repeat(n)),
  },
);

const WHOLE = [0, 1, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 1e21, 1e300];
/** Of a counter: anything that is not below zero. */
const count = fc.oneof(fc.constantFrom(...WHOLE, Infinity, 0.1, 5e-324), fc.nat(), fc.double({ min: 0, noNaN: true }));
export const number = fc.oneof(
  fc.constantFrom(...WHOLE, ...WHOLE.map((value) => -value), NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE),
  fc.integer(),
  fc.double(),
);

const edges = fc.uniqueArray(fc.oneof(fc.constantFrom(0.1, 1, 2.5, 1e-9, 1e6, 65_535, 2 ** 53), fc.double({ min: 0, max: 1e9, noNaN: true })), { minLength: 1, maxLength: 4 }); // prettier-ignore
const histogram: fc.Arbitrary<IHistogramSnapshot> = fc
  .tuple(edges, fc.array(fc.nat(2 ** 40), { minLength: 5, maxLength: 5 }), fc.double({ min: 0, noNaN: true }))
  .map(([some, counts, sum]) => {
    const sorted = some.map((edge) => edge + 0).toSorted((a, b) => a - b);
    const filled = counts.slice(0, sorted.length + 1);
    return { edges: sorted, counts: filled, sum, count: filled.reduce((all, one) => all + one, 0) };
  });

const route: fc.Arbitrary<IRouteSnapshot> = fc
  .record({
    name: text,
    active: fc.option(number),
    total: fc.option(count),
    bytesIn: fc.option(count),
    bytesOut: count,
    sendQueueBytes: number,
    oldestSeconds: fc.option(number),
    upgradedActive: fc.array(fc.record({ protocol: text, count: number }), { maxLength: 3 }),
    connectionDuration: fc.option(histogram),
    byCode: fc.array(fc.record({ method: text, code: text, count }), { maxLength: 3 }),
  })
  .map(({ byCode, ...rest }) => {
    const { requests } = fullRoute('');
    const few = { ...emptyRoute(''), ...rest, requests: requests && { ...requests, byCode, duration: null } };
    return Object.freeze(few);
  });

const list = fc
  .array(fc.record({ key: text, count: number, maxError: fc.constant(0) }), { maxLength: 4 })
  .map((entries) => ({ entries, maxError: 0, capacity: 10 }));

const proxy = fc
  .record({
    routes: fc.array(route, { maxLength: 4 }),
    certificates: fc.array(fc.record({ domain: text, expiresAt: fc.double({ min: 0, max: 1e15, noNaN: true }) }), {
      maxLength: 3,
    }),
    topClientsByConnections: list,
    topClientsByBytes: list,
  })
  .map((some) => fullProxy(some));
const dns = fc
  .record({
    handlers: fc.array(fc.record({ pattern: text, calls: count, errors: count }), { maxLength: 3 }),
    dropped: fc.array(fc.record({ reason: text, count }), { maxLength: 3 }),
    duration: histogram.map((one) => [{ transport: 'udp' as const, histogram: one }]),
    topDomains: list,
  })
  .map((some) => fullDns({ ...some, requestSize: [], responseSize: [] }));
export const snapshot: fc.Arbitrary<IRouterSnapshot> = fc
  .record({ proxy: fc.option(proxy, { freq: 8 }), dns: fc.option(dns, { freq: 1 }), version: text, uptimeSeconds: number })
  .map((some) => ({ ...emptySnapshot(), process: fullSnapshot().process, ...some })); // prettier-ignore

/** A family as prom-client would tell it. */
export interface IForeignEntry {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly values: readonly {
    readonly value: number;
    readonly metricName?: string;
    readonly labels: Readonly<Record<string, string | number>>;
  }[];
}

const LETTERS = [...'abcXYZ_019'];
const nameOf = (first: string): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...first), fc.array(fc.constantFrom(...LETTERS), { maxLength: 8 })).map(([one, more]) => one + more.join('')); // prettier-ignore
/** None that means something to a type or to Prometheus itself. */
const RESERVED = new Set(['le', 'quantile', 'job', 'instance']);
const labelName = nameOf('abyzAZ').filter((name) => !RESERVED.has(name));
const labels = fc.dictionary(labelName, fc.oneof(text, fc.integer()), { maxKeys: 3, noNullPrototype: true });

/** Families of another library; each name begins otherwise than ours and those of the others. */
export const foreign: fc.Arbitrary<IForeignEntry[]> = fc
  .array(
    fc.record({
      type: fc.constantFrom('counter' as const, 'gauge' as const, 'histogram' as const, 'summary' as const),
      name: nameOf('abcXYZ'),
      help: text,
      series: fc.array(fc.tuple(labels, number, count, histogram), { maxLength: 4 }),
    }),
    { maxLength: 5 },
  )
  .map((families) =>
    families.map(({ type, name: end, help, series }, index) => {
      // The end is not a suffix that means something.
      const name = `foreign${index}_${end}x`;
      if (type === 'counter' || type === 'gauge') {
        return { type, name, help, values: series.map(([own, any, whole]) => ({ labels: own, value: type === 'counter' && index % 2 === 0 ? whole : any })) }; // prettier-ignore
      }
      // One of a histogram or a summary: whether two have the same labels is the registry's to see.
      const [first] = series;
      if (first === undefined) return { type, name, help, values: [] };
      const [own, any, whole, { edges: bounds, counts, sum }] = first;
      if (type === 'summary') {
        const quantiles = [0.5, 0.99].map((quantile) => ({ labels: { quantile, ...own }, value: any }));
        const rest = [{ metricName: `${name}_sum`, labels: own, value: sum }, { metricName: `${name}_count`, labels: own, value: whole }]; // prettier-ignore
        return { type, name, help, values: [...quantiles, ...rest] };
      }
      let cumulative = 0;
      const buckets = [...bounds, '+Inf'].map((le, bucket) => {
        cumulative += counts[bucket] ?? 0;
        return { metricName: `${name}_bucket`, labels: { le, ...own }, value: cumulative };
      });
      const rest = [{ metricName: `${name}_sum`, labels: own, value: sum }, { metricName: `${name}_count`, labels: own, value: cumulative }]; // prettier-ignore
      return { type, name, help, values: [...buckets, ...rest] };
    }),
  );

export type TSeries = ReadonlyMap<string, number>;

/** Bucket edges are written in more than one way; what they say is a number. */
export function keyOf(name: string, own: Readonly<Record<string, string | number>>): string {
  const entries = Object.entries(own).map(([label, value]) => {
    if (label !== 'le') return [label, String(value).toWellFormed()] as const;
    return [label, value === '+Inf' ? 'Infinity' : String(Number(value))] as const;
  });
  return seriesKey(name, Object.fromEntries(entries));
}

/** Every series that a page of these must have, by `keyOf`. What is told twice is on the page once, as it came first. */
export function expectedSeries(from: IRouterSnapshot, families: readonly IForeignEntry[]): TSeries {
  const series = new Map<string, number>();
  const put = (name: string, own: Readonly<Record<string, string | number>>, value: number): void => {
    const key = keyOf(name, own);
    if (!series.has(key)) series.set(key, value);
  };
  for (const { name: short, labels: names, read } of METRICS) {
    const name = `router_${short}`;
    const seen = new Set<string>();
    for (const { labels: values, value } of read(from, { topLists: 10, series: null, renderSeconds: 0 })) {
      const own = Object.fromEntries(names.map((label, index) => [label, values[index] ?? '']));
      // All lines of a histogram come from the same one.
      if (seen.has(keyOf(name, own))) continue;
      seen.add(keyOf(name, own));
      if (typeof value === 'number') {
        put(name, own, value);
        continue;
      }
      let cumulative = 0;
      for (const [index, le] of [...value.edges, Infinity].entries()) {
        cumulative += value.counts[index] ?? 0;
        put(`${name}_bucket`, { ...own, le }, cumulative);
      }
      put(`${name}_sum`, own, value.sum);
      put(`${name}_count`, own, cumulative);
    }
  }
  for (const { name, type, values } of families) {
    for (const { labels: own, value, metricName } of values) {
      if (type === 'counter' && !(value >= 0)) continue;
      put(type === 'counter' ? `${name}_total` : (metricName ?? name), own, value);
    }
  }
  series.set(keyOf('router_series', {}), series.size + 1);
  return series;
}
