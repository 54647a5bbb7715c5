import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import perfHooks from 'node:perf_hooks';
import * as v8 from 'node:v8';
import * as vm from 'node:vm';
import * as promClient from 'prom-client';
import { ProcessMetrics } from '../../ts/prometheus/classes.processmetrics.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { parseOpenMetrics, parseText, valueOf } from '../helpers/exposition/index.js';
import { fullSnapshot } from '../helpers/snapshot.js';
import { until } from '../helpers/wait.js';
import { OPENMETRICS, sourceOf, TEXT } from './support.js';

interface IFigure {
  readonly name: string;
  readonly values: readonly { readonly value: number; readonly metricName?: string }[];
}

/** Collections of garbage that were observed. */
async function collections(metrics: { getMetricsAsJSON(): Promise<readonly unknown[]> }): Promise<number> {
  const figures = (await metrics.getMetricsAsJSON()) as readonly IFigure[];
  const gc = figures.find(({ name }) => name === 'nodejs_gc_duration_seconds');
  return (gc?.values ?? [])
    .filter(({ metricName }) => metricName === 'nodejs_gc_duration_seconds_count')
    .reduce((sum, { value }) => sum + value, 0);
}

function collectGarbage(): void {
  v8.setFlagsFromString('--expose-gc');
  (vm.runInNewContext('gc') as () => void)();
}

tap.test(
  'process figures are there from the first render on, in both formats, without the ones that break the rules',
  async () => {
    const exporter = new PrometheusExporter(sourceOf(fullSnapshot()));
    const text = parseText((await exporter.render(TEXT)).body);
    const openMetrics = parseOpenMetrics((await exporter.render(OPENMETRICS)).body);
    for (const families of [text, openMetrics]) {
      expect(valueOf(families, 'process_cpu_seconds_total')).toBeGreaterThanOrEqual(0);
      expect(valueOf(families, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
      expect(valueOf(families, 'nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6);
    }
    assert.deepEqual(exporter.leftOut.map(({ name, reason }) => `${name} ${reason}`).toSorted(), [
      'nodejs_active_handles_total name',
      'nodejs_active_requests_total name',
      'nodejs_active_resources_total name',
    ]);
    exporter.stop();
  },
);

tap.test('lag of the event loop is absent until it was measured, and never made up', async () => {
  const metrics = new ProcessMetrics();
  metrics.start();
  const lag = async (): Promise<Map<string, number | undefined>> => {
    const figures = (await metrics.getMetricsAsJSON()) as readonly IFigure[];
    const lags = figures.filter(({ name }) => name.startsWith('nodejs_eventloop_lag_'));
    return new Map(lags.map(({ name, values }) => [name, values[0]?.value]));
  };
  expect([...(await lag()).keys()]).toEqual([]);
  // A read of the figures begins them anew: another monitor tells when there is something to read.
  const monitor = perfHooks.monitorEventLoopDelay({ resolution: 10 });
  monitor.enable();
  await until(() => monitor.count > 5, 'the event loop to have been watched for a while');
  monitor.disable();
  const measured = await lag();
  expect(measured.size).toEqual(8);
  for (const [name, value] of measured)
    assert.ok(value !== undefined && value >= 0 && value < 60, `${name} is ${value}`);
  metrics.stop();
});

tap.test('a registry that brings the same names comes first; ours are left out', async () => {
  const registry = new promClient.Registry();
  new promClient.Gauge({ name: 'process_resident_memory_bytes', help: 'x', registers: [registry] }).set(42);
  const exporter = new PrometheusExporter(sourceOf(fullSnapshot()), { registries: [registry] });
  const families = parseText((await exporter.render(TEXT)).body);
  exporter.stop();
  expect(valueOf(families, 'process_resident_memory_bytes')).toEqual(42);
  assert.ok(
    exporter.leftOut.some(({ name, reason }) => name === 'process_resident_memory_bytes' && reason === 'duplicate'),
  );
});

tap.test('they can be turned off', async () => {
  const exporter = new PrometheusExporter(sourceOf(fullSnapshot()), { processMetrics: false });
  expect((await exporter.render(TEXT)).body).not.toInclude('process_');
  exporter.start();
  exporter.stop();
});

tap.test('what is started is given back, and nothing of the process is changed', async () => {
  const { monitorEventLoopDelay, PerformanceObserver } = perfHooks;
  const monitors: { count: number }[] = [];
  perfHooks.monitorEventLoopDelay = (options) => {
    const monitor = monitorEventLoopDelay(options);
    monitors.push(monitor);
    return monitor;
  };
  const spied = perfHooks.monitorEventLoopDelay;
  const metrics = new ProcessMetrics();
  try {
    metrics.start();
    metrics.start();
    expect(perfHooks.monitorEventLoopDelay).toEqual(spied);
  } finally {
    perfHooks.monitorEventLoopDelay = monitorEventLoopDelay;
  }
  expect(perfHooks.PerformanceObserver).toEqual(PerformanceObserver);
  expect(monitors.length).toEqual(1);
  const [monitor] = monitors;
  await until(() => (monitor?.count ?? 0) > 0, 'the event loop monitor to run');

  // What counts collections after the end: read through what was handed out before it.
  const registry = await registryOf(metrics);
  collectGarbage();
  await until(async () => (await collections(registry)) > 0, 'a collection of garbage to be observed');
  metrics.stop();
  metrics.stop();
  const counted = await collections(registry);
  const seen = monitor?.count;
  const running = perfHooks.monitorEventLoopDelay({ resolution: 10 });
  running.enable();
  await until(() => running.count > 3, 'a monitor that runs to have seen something');
  running.disable();
  expect(monitor?.count).toEqual(seen);
  const other = new ProcessMetrics();
  other.start();
  const before = await collections(other);
  collectGarbage();
  await until(async () => (await collections(other)) > before, 'another observer to have seen the collection');
  expect(await collections(registry)).toEqual(counted);
  other.stop();
  expect(await metrics.getMetricsAsJSON()).toEqual([]);
});

/** A view of what a ProcessMetrics counts that outlives its `stop()`: the metric objects are prom-client's own. */
async function registryOf(metrics: ProcessMetrics): Promise<{ getMetricsAsJSON(): Promise<readonly unknown[]> }> {
  const registries: promClient.Registry[] = [];
  const original = promClient.Registry.prototype.getMetricsAsJSON;
  promClient.Registry.prototype.getMetricsAsJSON = function (this: promClient.Registry) {
    registries.push(this);
    return original.call(this);
  };
  try {
    await metrics.getMetricsAsJSON();
  } finally {
    promClient.Registry.prototype.getMetricsAsJSON = original;
  }
  const [registry] = registries;
  if (registry === undefined) throw new Error('no registry was read');
  return registry;
}

tap.test('after stop() a render still works, without the figures, until start()', async () => {
  const exporter = new PrometheusExporter(sourceOf(fullSnapshot()));
  expect((await exporter.render(TEXT)).body).toInclude('process_cpu_seconds_total');
  exporter.stop();
  exporter.stop();
  expect((await exporter.render(TEXT)).body).not.toInclude('process_cpu_seconds_total');
  exporter.start();
  expect((await exporter.render(TEXT)).body).toInclude('process_cpu_seconds_total');
  exporter.stop();
});

tap.test('an exporter that is not stopped does not keep the process alive', async () => {
  const entry = new URL('../../ts/prometheus/index.ts', import.meta.url).href;
  const program = `
    import { PrometheusExporter } from ${JSON.stringify(entry)};
    const self = { overflow: [], events: [], listenerErrors: 0, invariants: [], sampleAgeSeconds: null };
    const exporter = new PrometheusExporter({ snapshot: () => ({ version: '1', uptimeSeconds: 1, proxy: null, dns: null, self }) });
    const { body } = await exporter.render();
    console.log(body.includes('process_cpu_seconds_total'));
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const deadline = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(deadline);
  expect(output).toEqual('true\n');
  expect(code).toEqual(0);
});

export default tap.start({ throwOnError: true });
