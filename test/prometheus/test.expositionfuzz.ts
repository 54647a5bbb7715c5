import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { tap } from '@push.rocks/tapbundle';
import fc from 'fast-check';
import type { IRouterSnapshot } from '../../ts/interfaces/snapshot.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import type { IExpositionPage } from '../../ts/prometheus/classes.prometheusexporter.js';
import { parseOpenMetrics, parseText } from '../helpers/exposition/index.js';
import { Prometheus } from '../helpers/prometheus.js';
import { until } from '../helpers/wait.js';
import { expectedSeries, foreign, keyOf, snapshot } from './hostilepages.js';
import type { IForeignEntry, TSeries } from './hostilepages.js';
import { frozenClock, OPENMETRICS, TEXT } from './support.js';

const SEED = 20_261_121;
/** Of each: two or three pages by one exporter, each in both formats. */
const RUNS = 500;
const SCRAPED = 24;

/** Both formats of one snapshot after another, by one exporter. */
async function pagesOf(
  snapshots: readonly IRouterSnapshot[],
  families: readonly IForeignEntry[],
): Promise<{ text: IExpositionPage; openMetrics: IExpositionPage; series: TSeries }[]> {
  let current = snapshots[0];
  const source = { snapshot: () => current ?? assert.fail('no snapshot') };
  const registries = [{ getMetricsAsJSON: async () => families }];
  const options = { processMetrics: false, topLists: true, clock: frozenClock, registries };
  const exporter = new PrometheusExporter(source, options);
  const pages = [];
  for (current of snapshots) {
    const [text, openMetrics] = [await exporter.render(TEXT), await exporter.render(OPENMETRICS)];
    assert.deepEqual(exporter.leftOut, []);
    pages.push({ text, openMetrics, series: expectedSeries(current, families) });
  }
  return pages;
}

/** With NaN equal to itself, and 0 not to -0. */
function same(found: TSeries, expected: TSeries, where: string): void {
  for (const [key, value] of expected) {
    assert.ok(
      Object.is(found.get(key), value),
      `${where}: ${key} is ${inspect(found.get(key))}, not ${inspect(value)}`,
    );
  }
  assert.deepEqual([...found.keys()].filter((key) => !expected.has(key)), [], where); // prettier-ignore
}

tap.test('whatever the labels, names and numbers, both formats are read back as what went in', async () => {
  let [pages, lines] = [0, 0];
  const given = fc.tuple(fc.array(snapshot, { minLength: 2, maxLength: 3 }), foreign);
  await fc.assert(
    fc.asyncProperty(given, async ([snapshots, families]) => {
      for (const { text, openMetrics, series } of await pagesOf(snapshots, families)) {
        for (const [format, parsed] of [
          ['text', parseText(Buffer.concat(text.chunks))],
          ['OpenMetrics', parseOpenMetrics(Buffer.concat(openMetrics.chunks))],
        ] as const) {
          const samples = parsed.flatMap((family) => family.samples);
          same(new Map(samples.map(({ name, labels, value }) => [keyOf(name, labels), value])), series, format);
          for (const { name, help, values } of families) {
            const family = parsed.find(({ name: found }) => found === name || found === `${name}_total`);
            assert.equal(family?.help, values.length > 0 && family !== undefined ? help.toWellFormed() : undefined);
          }
          pages++;
          lines += samples.length;
        }
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
  console.log(`${pages} pages, ${lines} samples`);
  assert.ok(pages >= 4 * RUNS && lines > 20 * pages);
});

/** A server whose only page this is, whatever it is asked for. */
async function serve({ contentType, chunks }: IExpositionPage): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': contentType }).end(Buffer.concat(chunks));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

tap.test('a real Prometheus reads the same', async () => {
  const given = fc.sample(fc.tuple(snapshot, foreign), { numRuns: SCRAPED, seed: SEED });
  const jobs: Record<string, string> = {};
  const expected: [string, TSeries][] = [];
  const servers: Server[] = [];
  for (const [index, [one, families]] of given.entries()) {
    const [page] = await pagesOf([one], families);
    assert.ok(page !== undefined);
    for (const format of ['text', 'openMetrics'] as const) {
      const server = await serve(page[format]);
      servers.push(server);
      const job = `${format}-${index}`;
      jobs[job] = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      expected.push([job, page.series]);
    }
  }
  const prometheus = new Prometheus(jobs);
  try {
    await prometheus.start();
    let lines = 0;
    for (const [job, series] of expected) {
      // A scrape may fail while the machine is busy; one that succeeds is there as a whole, with `up` in it.
      let results: Awaited<ReturnType<typeof prometheus.samples>> = [];
      await until(async () => {
        results = await prometheus.samples(`{job="${job}"}`);
        return results.some(({ metric, value }) => metric['__name__'] === 'up' && value === 1);
      }, `Prometheus to have read ${job}`);
      const found = new Map<string, number>();
      for (const { metric, value } of results) {
        const { __name__: name = '', job: _job, instance: _instance, ...labels } = metric;
        // What Prometheus adds of its own.
        if (name !== 'up' && !name.startsWith('scrape_')) found.set(keyOf(name, labels), value);
      }
      same(found, series, job);
      lines += found.size;
    }
    console.log(`${expected.length} pages, ${lines} samples`);
  } finally {
    await prometheus.stop();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  }
});

export default tap.start({ throwOnError: true });
