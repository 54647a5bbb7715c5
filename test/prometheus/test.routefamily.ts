import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { METRICS } from '../../ts/catalog/index.js';
import type { IRouteSnapshot } from '../../ts/interfaces/snapshot.js';
import { catalogFamily } from '../../ts/prometheus/catalogfamily.js';
import { ChunkPool } from '../../ts/prometheus/classes.chunkpool.js';
import { Exposition } from '../../ts/prometheus/classes.exposition.js';
import { LineWriter } from '../../ts/prometheus/classes.linewriter.js';
import { PageBytes } from '../../ts/prometheus/classes.pagebytes.js';
import { RouteFamily } from '../../ts/prometheus/classes.routefamily.js';
import type { IFamily } from '../../ts/prometheus/family.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { routeLabels } from '../../ts/prometheus/routelabels.js';
import { listOf } from '../../ts/shared/routelist.js';
import { parseText, valueOf } from '../helpers/exposition/index.js';
import { emptyRoute, fullProxy, fullRoute, fullSnapshot, histogramOf } from '../helpers/snapshot.js';
import { fixedExporter, frozenClock, sourceOf, TEXT } from './support.js';

const CONTEXT = { topLists: 0, series: null, renderSeconds: null };

function written(family: IFamily): { text: string; series: number } {
  const page = new PageBytes();
  let series = 0;
  for (const more of family.write(page)) series += more;
  return { text: Buffer.concat(page.finish()).toString(), series };
}

const VALUES = [
  0, 1, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 1e21, 0.1, -0, -1, 5e-324, NaN, Infinity, -Infinity,
]; // prettier-ignore

tap.test('route by route the same is written as sample by sample, whatever the names and the figures', async () => {
  const names = [
    'a',
    'мир🙂',
    'x"\\\ny',
    '',
    'w'.repeat(100),
    'v'.repeat(200_000),
    ...VALUES.map((_value, index) => `n${index}`),
  ];
  const routes: IRouteSnapshot[] = names.map((name, index) => {
    const value = VALUES[index % VALUES.length] ?? 0;
    const duration = histogramOf([1, index + 2], [0, 1, index]);
    return fullRoute(name, { oldestSeconds: value, bytesIn: value, connectionDuration: { ...duration, sum: value } });
  });
  const all = [
    ...routes,
    ...Array.from({ length: 500 }, (_unused, index) => fullRoute(`many-${index}`)),
    emptyRoute('e'),
  ];
  const snapshot = fullSnapshot({ proxy: fullProxy({ routes: all }) });
  const list = listOf(all);
  const labels = await routeLabels(list, new Exposition('text', frozenClock, 0, new ChunkPool()));
  assert.ok(labels !== null);
  const pool = new ChunkPool();
  let families = 0;
  for (const metric of METRICS) {
    if (metric.readRoute === undefined) continue;
    families++;
    const kept: RouteFamily = new RouteFamily(metric, metric.readRoute, 'router_', new LineWriter(pool), pool);
    const byRoute = written(kept.family(list, labels));
    const bySample = written(catalogFamily(metric, 'router_', snapshot, CONTEXT));
    assert.ok(byRoute.text === bySample.text, metric.name);
    assert.equal(byRoute.series, bySample.series, metric.name);
    assert.deepEqual(written(kept.family(list, labels)), byRoute, `${metric.name}, copied`);
  }
  assert.equal(families, METRICS.filter(({ labels: [first] }) => first === 'route').length);
});

tap.test('what a source tells twice of one route is written once', async () => {
  const count = { method: 'GET', code: '200', count: 1 };
  const route = fullRoute('r');
  const twice: IRouteSnapshot = {
    ...route,
    upgradedActive: ['a\ud800', 'a\udfff', 'b', 'b'].map((protocol, index) => ({ protocol, count: index })),
    requests: route.requests && {
      ...route.requests,
      byCode: [count, { ...count, code: '404' }, { ...count, count: 2 }],
    },
  };
  const { body } = await fixedExporter(
    fullSnapshot({ proxy: fullProxy({ routes: [twice, fullRoute('s')] }) }),
  ).render();
  const families = parseText(body);
  const active = (protocol: string) =>
    valueOf(families, 'router_connections_upgraded_active', { route: 'r', protocol });
  assert.deepEqual([active('a\ufffd'), active('b')], [0, 2]);
  assert.equal(valueOf(families, 'router_http_requests_total', { route: 'r', method: 'GET', code: '200' }), 1);
});

tap.test('the chunks are the body, cut between lines', async () => {
  const routes = Array.from({ length: 2_000 }, (_unused, index) => fullRoute(`маршрут-${index}`));
  const page = await fixedExporter(fullSnapshot({ proxy: fullProxy({ routes }) })).render(TEXT);
  assert.ok(page.chunks.length > 50, `${page.chunks.length} chunks`);
  assert.ok(page.chunks.every((chunk) => chunk.at(-1) === 10));
  assert.ok(page.chunks.every((chunk) => chunk.length <= 65_536));
  assert.equal(Buffer.concat(page.chunks).toString(), page.body);
  assert.equal(page.body, page.body);
});

tap.test(
  'a source that can prepare does so before its snapshot is taken; one that cannot fails the render',
  async () => {
    const calls: string[] = [];
    const source = {
      ...sourceOf(fullSnapshot()),
      async prepare() {
        await new Promise<void>((resume) => setImmediate(resume));
        calls.push('prepared');
      },
      snapshot() {
        calls.push('snapshot');
        return fullSnapshot();
      },
    };
    await new PrometheusExporter(source, { processMetrics: false }).render();
    assert.deepEqual(calls, ['prepared', 'snapshot']);
    const failing = { ...source, prepare: () => Promise.reject(new Error('not prepared')) };
    await assert.rejects(new PrometheusExporter(failing, { processMetrics: false }).render(), /not prepared/);
  },
);

export default tap.start({ throwOnError: true });
