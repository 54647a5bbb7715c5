/** prom-client in a thread, and so a heap, of its own: collecting garbage in its hundreds of megabytes is not our work. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SNAPSHOT_METRICS } from '../../ts/catalog/index.js';
import type { MetricsManager } from '../../ts/index.js';
import { router } from './router.js';
import { type IWatched, watched } from './watched.js';

export interface IPeer {
  readonly worker: Worker;
  /** One page. */
  measure(): Promise<IWatched>;
}

export async function promClient(count: number): Promise<IPeer> {
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

/** The same series, with the same values, kept by prom-client. */
function registryOf(manager: MetricsManager): Registry {
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

if (!isMainThread) {
  const registry = registryOf(router(Number(workerData)).manager);
  parentPort?.on('message', () => {
    let bytes = 0;
    const page = async (): Promise<void> => {
      bytes = (await registry.metrics()).length;
    };
    void watched(page).then((watch) => parentPort?.postMessage({ ...watch, bytes }));
  });
  parentPort?.postMessage('ready');
}
