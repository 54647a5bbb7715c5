/**
 * What a scrape costs the process that is scraped: `snapshot()`, a page in both formats, the longest time between two
 * turns of the event loop while the page is made and while it goes out over HTTP, and the same series in a prom-client
 * registry. All families are fed: both histograms, three close reasons, three request codes and an upgrade on each
 * route. Between two scrapes nothing happens (`idle`), something happens on each route (`busy`), or on one of a hundred.
 * Alternating rounds in one process; medians and the spread are printed. prom-client has a thread, and so a heap, of its
 * own: collecting garbage in its hundreds of megabytes would be taken for our work. `nothing` is the same watch over a
 * loop that does nothing for 100 ms: what a busy machine adds to every stall.
 *
 *   node --expose-gc --import tsx bench/scrape.ts [routes ...]
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { FakeClock, FakeProxySource } from '../test/helpers/fakesource.js';
import { SNAPSHOT_METRICS } from '../ts/catalog/index.js';
import { MetricsManager } from '../ts/index.js';
import { OpsServer } from '../ts/ops/index.js';
import { PrometheusExporter } from '../ts/prometheus/index.js';

const ROUNDS = 7;
const PEER = 'page, prom-client';
const TEXT = 'text/plain;version=0.0.4';
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

interface IRouter {
  readonly manager: MetricsManager;
  readonly exporter: PrometheusExporter;
  /** Something on every `step`-th route. */
  readonly happen: (step: number) => void;
}

function router(count: number): IRouter {
  const clock = new FakeClock();
  const manager = new MetricsManager({ limits: { routes: count }, clock });
  const names = Array.from({ length: count }, (_unused, index) => `route-${index}.example.test`);
  const source = new FakeProxySource(...names);
  source.reading.host = {
    backendConnectErrors: new Map(names.map((name) => [name, 1])),
    backendRetries: new Map(names.map((name) => [name, 2])),
    tlsHandshakeErrors: 3,
    certificates: [{ domain: 'example.test', expiresAt: 1 }],
  };
  manager.observe(source);
  const life = (name: string, index: number): void => {
    const id = source.open(name, { clientIp: `192.0.2.${index % 250}` });
    source.startRequest(id, name);
    source.endRequest(id, name, [200, 404, null][index % 3], 'GET', 1 << (index % 14));
    source.traffic(id, 1000 + index, 20_000 + index);
    const reason = (['client-end', 'server-end', 'idle-timeout'] as const)[index % 3] ?? 'unknown';
    source.close(id, { duration: 1 << (index % 20), reason });
  };
  for (const [index, name] of names.entries()) {
    for (let more = 0; more < 6; more++) life(name, index + more);
    const open = source.open(name);
    source.upgrade(open);
    source.startRequest(open, name);
  }
  clock.advance(60_000);
  let happened = 0;
  return {
    manager,
    exporter: new PrometheusExporter(manager, { processMetrics: false }),
    happen: (step) => {
      for (let index = 0; index < names.length; index += step) life(names[index] ?? '', happened++);
      clock.advance(15_000);
    },
  };
}

/** The same series, with the same values, kept by prom-client. */
function promClient(manager: MetricsManager): Registry {
  const registry = new Registry();
  const snapshot = manager.snapshot();
  const registers = [registry];
  for (const metric of SNAPSHOT_METRICS) {
    const { name, help, labels } = metric;
    const base = { name, help, labelNames: [...labels], registers };
    const samples = metric.read(snapshot, { topLists: 0, series: null, renderSeconds: null });
    if (metric.type === 'histogram') {
      const histogram = new Histogram({ ...base, buckets: [...(metric.buckets ?? [])] });
      for (const { labels: values, value } of samples) {
        if (typeof value === 'number') continue;
        const child = histogram.labels(...values);
        for (const [index, times] of value.counts.entries()) {
          for (let time = 0; time < times; time++) child.observe(value.edges[index] ?? Infinity);
        }
      }
    } else {
      const own = metric.type === 'counter' ? new Counter(base) : new Gauge(base);
      for (const { labels: values, value } of samples) if (typeof value === 'number') own.labels(...values).inc(value);
    }
  }
  return registry;
}

interface IWatched {
  readonly tookMs: number;
  readonly stallMs: number;
  readonly bytes?: number;
}

/** Milliseconds that it took, and the longest time between two turns of the event loop. */
async function watched(work: () => unknown): Promise<IWatched> {
  let pending = true;
  let stallMs = 0;
  let last = 0;
  const turn = (): void => {
    const now = performance.now();
    stallMs = Math.max(stallMs, now - last);
    last = now;
    if (pending) setImmediate(turn);
  };
  globalThis.gc?.();
  await new Promise<void>((resume) => setImmediate(resume));
  const startedAt = (last = performance.now());
  setImmediate(turn);
  await work();
  const endedAt = performance.now();
  pending = false;
  return { tookMs: endedAt - startedAt, stallMs: Math.max(stallMs, endedAt - last) };
}

/** A client in a thread of its own, so that what it costs is not taken for the server's. */
async function client(): Promise<Worker> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const http = require('node:http');
     parentPort.on('message', ({ url, headers }) => http.get(url, { headers }, (response) => {
       let bytes = 0;
       response.on('data', (chunk) => (bytes += chunk.length));
       response.on('end', () => parentPort.postMessage({ status: response.statusCode, bytes }));
     }));
     parentPort.postMessage('ready');`,
    { eval: true },
  );
  await once(worker, 'message');
  return worker;
}

/** What a thread of its own tells of one page of prom-client. */
async function peer(count: number): Promise<{ worker: Worker; measure: () => Promise<IWatched> }> {
  // A worker of Node 20 does not inherit what loads TypeScript.
  const start = `import('tsx/esm/api').then(({ register }) => {
    register();
    return import(${JSON.stringify(import.meta.url)});
  });`;
  const worker = new Worker(start, { eval: true, workerData: count });
  await once(worker, 'message');
  const measure = async (): Promise<IWatched> => {
    worker.postMessage('measure');
    const [watch] = (await once(worker, 'message')) as [IWatched];
    return watch;
  };
  return { worker, measure };
}

async function fetched(worker: Worker, url: string, headers: object): Promise<void> {
  worker.postMessage({ url: `${url}/metrics`, headers });
  const [{ status }] = (await once(worker, 'message')) as [{ status: number }];
  if (status !== 200) throw new Error(`the scrape was answered ${status}`);
}

function figures(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2);
  return `${at(0.5).padStart(9)} (${at(0)} to ${at(1)})`;
}

async function measure(count: number): Promise<void> {
  const ours = router(count);
  const theirs = await peer(count);
  const page = await ours.exporter.render(TEXT);
  const bytes = Buffer.byteLength(page.body);
  const series = page.body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  const { bytes: theirBytes = 0 } = await theirs.measure();
  const ops = new OpsServer({ source: ours.manager, exporter: ours.exporter, port: 0 });
  await ops.start();
  const worker = await client();
  const url = ops.url ?? '';
  const snapshot = (): unknown => ours.manager.snapshot();
  const cases: readonly (readonly [string, () => unknown, number?])[] = [
    ['snapshot, idle', snapshot],
    ['snapshot, 1 of 100 busy', snapshot, 100],
    ['snapshot, all busy', snapshot, 1],
    ['page, text, idle', () => ours.exporter.render(TEXT)],
    ['page, OpenMetrics, idle', () => ours.exporter.render(OPENMETRICS)],
    ['page, text, all busy', () => ours.exporter.render(TEXT), 1],
    [PEER, () => undefined],
    ['nothing', () => sleep(100)],
    ['over HTTP, all busy', () => fetched(worker, url, {}), 1],
    ['over HTTP, gzip, all busy', () => fetched(worker, url, { 'Accept-Encoding': 'gzip' }), 1],
  ];
  const took = new Map<string, number[]>(cases.map(([name]) => [name, []]));
  const stalls = new Map<string, number[]>(cases.map(([name]) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, work, step] of cases) {
      if (step !== undefined) ours.happen(step);
      const { tookMs, stallMs } = name === PEER ? await theirs.measure() : await watched(work);
      // The first round warms up.
      if (round === 0) continue;
      took.get(name)?.push(tookMs);
      stalls.get(name)?.push(stallMs);
    }
  }
  await worker.terminate();
  await theirs.worker.terminate();
  await ops.stop();
  console.log(`\n${count} routes: ${series} series, ${(bytes / 1e6).toFixed(1)} MB (prom-client ${(theirBytes / 1e6).toFixed(1)} MB)`); // prettier-ignore
  for (const [name] of cases) {
    console.log(`  ${name.padEnd(26)} ms ${figures(took.get(name) ?? [])}   longest stall ${figures(stalls.get(name) ?? [])}`); // prettier-ignore
  }
  const ratios = (took.get(PEER) ?? []).map((one, round) => one / (took.get('page, text, all busy')?.[round] ?? NaN)); // prettier-ignore
  console.log(`  prom-client over routemeter, page of all busy routes: ${figures(ratios)}`);
}

if (isMainThread) {
  const asked = process.argv.slice(2).map(Number);
  for (const count of asked.length > 0 ? asked : [100, 1_000, 10_000]) await measure(count);
} else {
  const registry = promClient(router(Number(workerData)).manager);
  parentPort?.on('message', () => {
    let bytes = 0;
    const page = async (): Promise<void> => {
      bytes = (await registry.metrics()).length;
    };
    void watched(page).then((watch) => parentPort?.postMessage({ ...watch, bytes }));
  });
  parentPort?.postMessage('ready');
}
