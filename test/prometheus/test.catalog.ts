import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { METRICS, SNAPSHOT_METRICS } from '../../ts/catalog/index.js';
import type { IMetric } from '../../ts/catalog/index.js';
import { emptyRoute, emptySnapshot, fullDns, fullProxy, fullSnapshot } from '../helpers/snapshot.js';
import { fixedExporter } from './support.js';

const CONTEXT = { topLists: 10, series: 1, renderSeconds: 0.5 };
const RESERVED_LABELS = ['type', 'zone', 'service', 'env', 'le', 'quantile', 'job', 'instance'];

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** The cells of every table row of the readme whose first cell is a metric's name. */
function readmeRows(): string[][] {
  return read('readme.metrics.md')
    .split('\n')
    .filter((line) => line.startsWith('| `router_'))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
}

const plain = (cell = ''): string => cell.replaceAll('`', '');

tap.test('the readme and the table tell the same, both ways', async () => {
  const fromTable = METRICS.map(({ name, type, unit, labels, otel }) =>
    [`router_${name}`, type, unit ?? '', labels.join(', '), otel].join(' | '),
  );
  const rows = readmeRows().filter((cells) => cells.length > 2);
  const fromReadme = rows.map(([name, type, unit, labels, , otel]) =>
    [plain(name), type, unit, plain(labels), plain(otel)].join(' | '),
  );
  expect(rows.length).toBeGreaterThan(50);
  assert.deepEqual(fromReadme.toSorted(), fromTable.toSorted());
  for (const [name, , , , meaning] of rows) assert.ok((meaning ?? '').length > 5, `${name} has a meaning`);
});

tap.test('the readme and the table have the same buckets, both ways', async () => {
  const fromTable = METRICS.filter(({ type }) => type === 'histogram').map(
    ({ name, buckets }) => `router_${name}: ${(buckets ?? []).map(Number).join(' ')}`,
  );
  const fromReadme = readmeRows()
    .filter((cells) => cells.length === 2)
    .map(([name, buckets = '']) => `${plain(name)}: ${buckets.split(' ').map(Number).join(' ')}`);
  expect(fromTable.length).toBeGreaterThan(0);
  assert.deepEqual(fromReadme.toSorted(), fromTable.toSorted());
});

tap.test('names, units, labels and help follow the naming rules', async () => {
  expect(new Set(METRICS.map(({ name }) => name)).size).toEqual(METRICS.length);
  expect(new Set(METRICS.map(({ otel }) => otel)).size).toEqual(METRICS.length);
  for (const metric of METRICS) {
    const { name, type, unit, labels, help, otel, buckets } = metric;
    assert.match(name, /^[a-z][a-z0-9_]*$/, name);
    assert.equal(name.endsWith('_total'), type === 'counter', `${name}: _total is for counters`);
    assert.equal(name.endsWith('_info'), type === 'info', `${name}: _info is for infos`);
    const base = name.replace(/_total$/, '');
    const ending = /_(seconds|bytes)$/.exec(base)?.[1] ?? null;
    assert.equal(unit, ending, `${name}: the unit is what the name ends in`);
    for (const label of labels) {
      assert.match(label, /^[a-z][a-z0-9_]*$/, name);
      assert.ok(!RESERVED_LABELS.includes(label), `${name} has a label ${label}`);
    }
    assert.match(help, /^[A-Z][^"\\\n]+\.$/, `${name}: help is a sentence that needs no escape in either format`);
    assert.match(otel, /^[a-z]+(\.[a-z0-9_]+)+$/, `${name}: OpenTelemetry name ${otel}`);
    assert.equal(buckets !== undefined, type === 'histogram', `${name}: buckets are for histograms`);
    assert.deepEqual(
      buckets ?? [],
      [...(buckets ?? [])].sort((a, b) => a - b),
    );
  }
});

/** Names that a `fedBy` may have, as the interfaces' source declares them. */
function feeds(): Set<string> {
  const members = (file: string, name: string): string[] => {
    const body = new RegExp(`export interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(read(file))?.[1] ?? '';
    return [...body.matchAll(/^ {2}(?:readonly )?'?([\w-]+)'?\??:/gm)].map((match) => match[1] ?? '');
  };
  const source = 'ts/interfaces/source.ts';
  const snapshot = 'ts/interfaces/snapshot.ts';
  return new Set([
    ...members('ts/interfaces/events.ts', 'IProxyEvents'),
    ...members('ts/interfaces/events.ts', 'IDnsEvents'),
    ...[...members(source, 'IProxyReadings'), ...members(source, 'IDnsReadings')].map((field) => `readings.${field}`),
    ...members(source, 'IHostCounters').map((field) => `readings.host.${field}`),
    ...members(snapshot, 'IRouterSnapshot').map((field) => `snapshot.${field}`),
    ...members(snapshot, 'ISelfSnapshot').map((field) => `snapshot.self.${field}`),
    'exporter',
  ]);
}

tap.test('each metric is fed by an event, a reading or a field that is there', async () => {
  const known = feeds();
  expect(known.has('connection-open') && known.has('readings.host.certificates')).toBeTrue();
  for (const { name, fedBy } of METRICS) {
    assert.ok(fedBy.length > 0, `${name} is fed by nothing`);
    for (const feed of fedBy) assert.ok(known.has(feed), `${name} is fed by ${feed}, which is not there`);
  }
});

const samples = (metric: IMetric, snapshot = fullSnapshot(), context = CONTEXT) => [...metric.read(snapshot, context)];

tap.test('in a snapshot with everything each metric has samples, with a value for each label', async () => {
  for (const metric of METRICS) {
    const all = samples(metric);
    assert.ok(all.length > 0, `${metric.name} has no sample in a snapshot with everything`);
    for (const { labels, value } of all) {
      assert.equal(labels.length, metric.labels.length, metric.name);
      assert.equal(typeof value === 'object', metric.type === 'histogram', metric.name);
      if (typeof value === 'object') assert.deepEqual(value.edges, metric.buckets, metric.name);
    }
  }
});

tap.test('what was not measured has no sample', async () => {
  const always = ['build_info', 'uptime_seconds', 'listener_errors_total'];
  const withSamples = (snapshot: ReturnType<typeof fullSnapshot>): string[] =>
    SNAPSHOT_METRICS.filter((metric) => samples(metric, snapshot).length > 0).map(({ name }) => name);
  assert.deepEqual(withSamples(emptySnapshot()).toSorted(), always.toSorted());
  const proxy = fullProxy({
    pending: null,
    tlsHandshakeErrors: null,
    certificates: null,
    topClientsByConnections: null,
    topClientsByBytes: null,
    forwardedStaleSeconds: null,
    routes: [emptyRoute('idle')],
  });
  assert.deepEqual(withSamples({ ...emptySnapshot(), proxy }).toSorted(), always.toSorted());
});

tap.test('top lists are off unless asked for, and bounded', async () => {
  const lists = METRICS.filter(({ name }) => name.includes('top_'));
  expect(lists.length).toEqual(5);
  for (const metric of lists) {
    expect(samples(metric, fullSnapshot(), { ...CONTEXT, topLists: 0 })).toEqual([]);
    if (metric.name !== 'top_list_max_error') {
      expect(samples(metric, fullSnapshot(), { ...CONTEXT, topLists: 1 }).length).toEqual(1);
    }
  }
});

tap.test('how many entries of a top list a page shows: 10, or as many as were asked for', async () => {
  const entries = Array.from({ length: 120 }, (_unused, index) => ({ key: `d${index}.test`, count: 500 - index, maxError: 0 })); // prettier-ignore
  const snapshot = fullSnapshot({ dns: fullDns({ topDomains: { entries, maxError: 0, capacity: 128 } }) });
  for (const [topLists, shown] of [
    [false, 0],
    [true, 10],
    [1, 1],
    [11, 11],
    [100, 100],
  ] as const) {
    // prettier-ignore
    const { body } = await fixedExporter(snapshot, { topLists }).render();
    expect(body.match(/^router_dns_top_domain_queries\{/gm)?.length ?? 0).toEqual(shown);
  }
});

export default tap.start({ throwOnError: true });
