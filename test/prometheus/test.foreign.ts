import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import * as promClient from 'prom-client';
import { parseOpenMetrics, parseText, valueOf } from '../helpers/exposition/index.js';
import { emptySnapshot, fullSnapshot } from '../helpers/snapshot.js';
import { fixedExporter, OPENMETRICS, promtool, TEXT } from './support.js';

/** A registry with one of each type, and with labels that need escaping. */
function registryOf(
  contentType: promClient.RegistryContentType = promClient.prometheusContentType,
): promClient.Registry<promClient.RegistryContentType> {
  const registry: promClient.Registry<promClient.RegistryContentType> = new promClient.Registry();
  registry.setContentType(contentType);
  const registers = [registry];
  const counter = new promClient.Counter({ name: 'app_jobs_total', help: 'Jobs.', labelNames: ['queue'], registers });
  counter.inc({ queue: 'a"b\\c\nd' }, 3);
  counter.inc({ queue: 'e' }, 2 ** 53);
  new promClient.Counter({ name: 'app_odd', help: 'A counter without its suffix.', registers }).inc(4);
  const gauge = new promClient.Gauge({ name: 'app_level', help: 'A "quoted" \\ help\nof two lines.', labelNames: ['port'], registers }); // prettier-ignore
  gauge.set({ port: 80 }, -1.5);
  const histogram = new promClient.Histogram({ name: 'app_wait_seconds', help: 'Wait.', labelNames: ['queue'], buckets: [0.1, 1, 10], registers }); // prettier-ignore
  for (const value of [0.05, 0.5, 5, 50]) histogram.observe({ queue: 'x' }, value);
  histogram.observe({ queue: 'y' }, 0.1);
  const summary = new promClient.Summary({
    name: 'app_size_bytes',
    help: 'Size.',
    percentiles: [0.5, 0.99],
    registers,
  });
  for (let value = 1; value <= 100; value++) summary.observe(value);
  return registry;
}

tap.test('a prom-client registry is appended in both formats, and promtool has nothing to say', async () => {
  const exporter = fixedExporter(fullSnapshot(), { registries: [registryOf()] });
  const text = (await exporter.render(TEXT)).body;
  const openMetrics = (await exporter.render(OPENMETRICS)).body;
  expect(exporter.leftOut).toEqual([]);
  expect(promtool(text)).toEqual({ status: 0, output: '' });
  for (const families of [parseText(text), parseOpenMetrics(openMetrics)]) {
    expect(valueOf(families, 'app_jobs_total', { queue: 'a"b\\c\nd' })).toEqual(3);
    expect(valueOf(families, 'app_jobs_total', { queue: 'e' })).toEqual(2 ** 53);
    expect(valueOf(families, 'app_odd_total')).toEqual(4);
    expect(valueOf(families, 'app_level', { port: '80' })).toEqual(-1.5);
    expect(valueOf(families, 'app_wait_seconds_bucket', { queue: 'x', le: '1' })).toEqual(2);
    expect(valueOf(families, 'app_wait_seconds_bucket', { queue: 'x', le: '+Inf' })).toEqual(4);
    expect(valueOf(families, 'app_wait_seconds_sum', { queue: 'x' })).toEqual(55.55);
    expect(valueOf(families, 'app_size_bytes_count')).toEqual(100);
    expect(valueOf(families, 'app_size_bytes', { quantile: '0.5' })).toBeGreaterThan(40);
    expect(families.find(({ name }) => name === 'app_level')?.help).toEqual('A "quoted" \\ help\nof two lines.');
    // Families of the registry come before what only the whole page can tell.
    expect(families.at(-1)?.name).toEqual('router_render_duration_seconds');
    expect(valueOf(families, 'router_series')).toEqual(families.flatMap(({ samples }) => samples).length);
  }
});

tap.test('reading a registry does not change it, and what it rendered before does not change the page', async () => {
  for (const contentType of [promClient.prometheusContentType, promClient.openMetricsContentType]) {
    const registry = registryOf(contentType);
    const exporter = fixedExporter(emptySnapshot(), { registries: [registry] });
    const before = await exporter.render(TEXT);
    await exporter.render(OPENMETRICS);
    assert.ok(registry.getMetricsAsArray().some(({ name }) => name === 'app_jobs_total'));
    await registry.metrics();
    assert.equal((await exporter.render(TEXT)).body, before.body);
  }
});

tap.test('default labels of a registry are kept', async () => {
  const registry = registryOf();
  registry.setDefaultLabels({ site: 'north' });
  const families = parseText((await fixedExporter(emptySnapshot(), { registries: [registry] }).render(TEXT)).body);
  expect(valueOf(families, 'app_odd_total', { site: 'north' })).toEqual(4);
  expect(valueOf(families, 'app_jobs_total', { site: 'north', queue: 'e' })).toEqual(2 ** 53);
});

tap.test('a name that is already present is left out and told, also where only its lines would clash', async () => {
  const registry = new promClient.Registry();
  const registers = [registry];
  for (const name of [
    'router_connections_active',
    'router_connection_duration_seconds_count',
    'router_build',
    'app_a',
  ]) {
    new promClient.Gauge({ name, help: name, registers }).set(1);
  }
  new promClient.Counter({ name: 'router_received_bytes', help: 'x', registers }).inc();
  const other = new promClient.Registry();
  new promClient.Gauge({ name: 'app_a', help: 'again', registers: [other] }).set(2);
  new promClient.Summary({ name: 'app_a_b', help: 'x', registers: [other] }).observe(1);
  new promClient.Gauge({ name: 'app_a_b_sum', help: 'x', registers: [other] }).set(2);
  new promClient.Gauge({ name: 'app_c_count', help: 'x', registers: [other] }).set(2);
  new promClient.Histogram({ name: 'app_c', help: 'x', registers: [other] }).observe(1);
  // Left out even where the catalogue's own family has no samples: it may have some at the next scrape.
  const exporter = fixedExporter(emptySnapshot(), { registries: [registry, other] });
  for (const accept of [TEXT, OPENMETRICS]) {
    const { body } = await exporter.render(accept);
    const families = accept === TEXT ? parseText(body) : parseOpenMetrics(body);
    expect(valueOf(families, 'app_a')).toEqual(1);
    assert.deepEqual(exporter.leftOut, [
      { name: 'router_connections_active', reason: 'duplicate' },
      { name: 'router_connection_duration_seconds_count', reason: 'duplicate' },
      { name: 'router_build', reason: 'duplicate' },
      { name: 'router_received_bytes_total', reason: 'duplicate' },
      { name: 'app_a', reason: 'duplicate' },
      { name: 'app_a_b_sum', reason: 'duplicate' },
      { name: 'app_c', reason: 'duplicate' },
    ]);
  }
});

tap.test('what neither format can carry is left out and told', async () => {
  const gauge = (name: unknown, labels = {}, value: unknown = 1) => ({ name, help: 'x', type: 'gauge', values: [{ labels, value }] }); // prettier-ignore
  const entries = [
    gauge('nodejs_active_handles_total'),
    gauge('1a'),
    gauge('a-b'),
    gauge('a\n# EOF'),
    gauge('a:b'),
    gauge('ok', { 'bad-label': 'x' }),
    gauge('ok', { _reserved: 'x' }),
    gauge('ok', {}, 'one'),
    { name: 'ok', type: 'meter', values: [] },
    { name: 'ok', type: 'gauge' },
    gauge(7),
    null,
    { name: 'ok', type: 'gauge', values: [{ value: 1 }, { value: 2 }, { value: 3, labels: { a: undefined } }] },
    { name: 'c', type: 'counter', help: 5, values: [{ value: -1 }, { value: Number.NaN, labels: { a: 'b' } }] },
    { name: 'd', type: 'gauge', help: 'x', values: [{ value: 1, metricName: 'forged 1\nd' }] },
  ];
  const exporter = fixedExporter(emptySnapshot(), { registries: [{ getMetricsAsJSON: async () => entries }] });
  for (const accept of [TEXT, OPENMETRICS]) {
    const { body } = await exporter.render(accept);
    const families = accept === TEXT ? parseText(body) : parseOpenMetrics(body);
    expect(valueOf(families, 'ok')).toEqual(1);
    expect(families.some(({ name }) => name === 'c' || name === 'c_total' || name === 'd')).toBeFalse();
    const reasons = exporter.leftOut.map(({ reason }) => reason);
    assert.deepEqual(reasons, [...Array<string>(7).fill('name'), ...Array<string>(5).fill('shape')]);
    expect(exporter.leftOut[0]?.name).toEqual('nodejs_active_handles_total');
  }
});

tap.test('a registry that fails fails the render: there is no part of a page', async () => {
  const registry = new promClient.Registry();
  const collect = (): never => {
    throw new Error('no figures today');
  };
  new promClient.Gauge({ name: 'app_a', help: 'x', registers: [registry], collect });
  const exporter = fixedExporter(fullSnapshot(), { registries: [registry] });
  await assert.rejects(exporter.render(TEXT), /no figures today/);
});

export default tap.start({ throwOnError: true });
