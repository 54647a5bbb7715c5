import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import * as promClient from 'prom-client';
import { EXPORTER_METRICS } from '../../ts/catalog/index.js';
import { RoutemeterError } from '../../ts/shared/errors.js';
import { parseOpenMetrics, parseText } from '../helpers/exposition/index.js';
import type { IParsedFamily } from '../helpers/exposition/index.js';
import { emptySnapshot, fullSnapshot } from '../helpers/snapshot.js';
import { fixedExporter, OPENMETRICS, promtool, sourceOf, TEXT } from './support.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';

const OWN = EXPORTER_METRICS.map(({ name }) => `router_${name}`);

/** Series with the edges of buckets as numbers: prom-client writes them in its own way. */
function seriesOf(families: readonly IParsedFamily[]): string[] {
  return families
    .filter(({ name }) => !OWN.includes(name))
    .flatMap(({ samples }) => samples)
    .map(({ name, labels: { le, ...labels }, text }) => {
      const edge = le === undefined ? '' : le === '+Inf' ? le : Number(le);
      return JSON.stringify([name, labels, edge, text]);
    })
    .toSorted();
}

tap.test("the same series come out of a user's own registry, in both of its formats", async () => {
  const exporter = fixedExporter(fullSnapshot(), { topLists: true });
  const registry = new promClient.Registry();
  exporter.registerWith(registry);
  const text = await registry.metrics();
  expect(promtool(text)).toEqual({ status: 0, output: '' });
  assert.deepEqual(seriesOf(parseText(text)), seriesOf(parseText((await exporter.render(TEXT)).body)));

  const openRegistry: promClient.Registry<promClient.RegistryContentType> = new promClient.Registry();
  openRegistry.setContentType(promClient.openMetricsContentType);
  exporter.registerWith(openRegistry);
  const openMetrics = await openRegistry.metrics();
  expect(openMetrics).not.toInclude('_total_total');
  assert.deepEqual(
    seriesOf(parseOpenMetrics(openMetrics)),
    seriesOf(parseOpenMetrics((await exporter.render(OPENMETRICS)).body)),
  );
});

tap.test('a registry that changes its format back and forth keeps the right names', async () => {
  const exporter = fixedExporter(fullSnapshot());
  const registry: promClient.Registry<promClient.RegistryContentType> = new promClient.Registry();
  exporter.registerWith(registry);
  const text = await registry.metrics();
  registry.setContentType(promClient.openMetricsContentType);
  const openMetrics = await registry.metrics();
  registry.setContentType(promClient.prometheusContentType);
  assert.equal(await registry.metrics(), text);
  registry.setContentType(promClient.openMetricsContentType);
  assert.equal(await registry.metrics(), openMetrics);
  parseOpenMetrics(openMetrics);
});

tap.test("its own metrics and the registry's other duties still work", async () => {
  const registry = new promClient.Registry();
  const counter = new promClient.Counter({ name: 'app_jobs_total', help: 'Jobs.', registers: [registry] });
  counter.inc(2);
  fixedExporter(fullSnapshot()).registerWith(registry);
  registry.setDefaultLabels({ site: 'north' });
  expect(await registry.getSingleMetricAsString('router_uptime_seconds')).toInclude('3600.5');
  registry.resetMetrics();
  const text = await registry.metrics();
  expect(text).toInclude('app_jobs_total{site="north"} 0');
  expect(text).toInclude('router_received_bytes_total{route="web",site="north"} 123456');
  registry.removeSingleMetric('router_uptime_seconds');
  expect(await registry.metrics()).not.toInclude('router_uptime_seconds');
});

tap.test('all metrics of one collection tell of one snapshot, the next of another', async () => {
  const source = sourceOf(fullSnapshot());
  const registry = new promClient.Registry();
  new PrometheusExporter(source, { processMetrics: false }).registerWith(registry);
  expect(source.taken).toEqual(0);
  await registry.metrics();
  expect(source.taken).toEqual(1);
  await registry.getMetricsAsJSON();
  expect(source.taken).toEqual(2);
});

tap.test('registering twice is one clear error and leaves nothing behind', async () => {
  const exporter = fixedExporter(fullSnapshot());
  const registry = new promClient.Registry();
  exporter.registerWith(registry);
  const count = registry.getMetricsAsArray().length;
  const clear = (error: unknown): boolean =>
    error instanceof RoutemeterError &&
    error.code === 'ERR_METRIC_NAME' &&
    error.message.includes('router_connections_active');
  assert.throws(() => exporter.registerWith(registry), clear);
  assert.throws(() => fixedExporter(fullSnapshot()).registerWith(registry), clear);
  expect(registry.getMetricsAsArray().length).toEqual(count);
  fixedExporter(fullSnapshot(), { prefix: 'other_' }).registerWith(registry);
  expect(registry.getMetricsAsArray().length).toEqual(2 * count);
  // One name that is taken, in the middle of the table: none is registered.
  const partly = new promClient.Registry();
  new promClient.Gauge({ name: 'router_uptime_seconds', help: 'x', registers: [partly] });
  assert.throws(() => exporter.registerWith(partly), /router_uptime_seconds/);
  expect(partly.getMetricsAsArray().length).toEqual(1);
  for (const wrong of [undefined, {}, 'registry']) {
    assert.throws(() => exporter.registerWith(wrong as never), /registry\.registerMetric/);
  }
});

tap.test(
  'top lists are offered only where asked for; a snapshot without figures gives no series but the constants',
  async () => {
    const registry = new promClient.Registry();
    fixedExporter(emptySnapshot()).registerWith(registry);
    expect(registry.getSingleMetric('router_top_client_bytes')).toBeUndefined();
    const series = parseText(await registry.metrics()).flatMap(({ samples }) => samples.map(({ name }) => name));
    expect(series).toEqual(['router_build_info', 'router_uptime_seconds', 'router_listener_errors_total']);
  },
);

tap.test('a source that fails fails the collection', async () => {
  const registry = new promClient.Registry();
  const snapshot = (): never => {
    throw new Error('no snapshot');
  };
  new PrometheusExporter({ snapshot }, { processMetrics: false }).registerWith(registry);
  await assert.rejects(registry.metrics(), /no snapshot/);
});

tap.test('an exporter given the registry that it is registered with writes each family once', async () => {
  const registry = new promClient.Registry();
  const exporter = fixedExporter(fullSnapshot(), { registries: [registry] });
  exporter.registerWith(registry);
  const families = parseText((await exporter.render(TEXT)).body);
  expect(exporter.leftOut.length).toEqual(registry.getMetricsAsArray().length);
  expect(families.length).toBeGreaterThan(exporter.leftOut.length);
});

export default tap.start({ throwOnError: true });
