import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { emptyRoute, fullProxy, fullRoute, fullSnapshot } from '../helpers/snapshot.js';
import type { IRouteSnapshot, ISnapshotSource } from '../../ts/interfaces/snapshot.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import type { IExpositionPage } from '../../ts/prometheus/index.js';
import { frozenClock, TEXT } from './support.js';

const exporterOf = (source: ISnapshotSource): PrometheusExporter =>
  new PrometheusExporter(source, { processMetrics: false, clock: frozenClock });
const memoryOf = ({ chunks }: IExpositionPage): Set<ArrayBuffer> => new Set(chunks.map(({ buffer }) => buffer));
const someRoutes = (count: number): IRouteSnapshot[] =>
  Array.from({ length: count }, (_unused, index) => fullRoute(`route-${index}`));

tap.test('routes that come, go and change their names need no other memory, once a page was released', async () => {
  let routes = someRoutes(800);
  const source = { snapshot: () => fullSnapshot({ proxy: fullProxy({ routes }) }) };
  const exporter = exporterOf(source);
  const first = await exporter.render(TEXT);
  const seen = memoryOf(first);
  first.release();
  const changes = [
    () => routes.with(3, fullRoute('renamed')),
    () => routes.toSpliced(100, 2),
    () => routes.toSpliced(50, 0, fullRoute('added')),
    () => routes.toReversed(),
    () => routes,
  ];
  for (const change of changes) {
    routes = change();
    const page = await exporter.render(TEXT);
    assert.ok([...memoryOf(page)].every((buffer) => seen.has(buffer)));
    assert.ok(Buffer.concat(page.chunks).toString() === (await exporterOf(source).render(TEXT)).body);
    page.release();
  }
});

tap.test('a page that is still read stays what it is when the routes become others', async () => {
  let routes = someRoutes(300);
  const exporter = exporterOf({ snapshot: () => fullSnapshot({ proxy: fullProxy({ routes }) }) });
  const held: { readonly page: IExpositionPage; readonly text: string }[] = [];
  for (let round = 0; round < 6; round++) {
    routes = routes.with(round, fullRoute(`renamed-${round}`, { bytesIn: round })).slice(round);
    const page = await exporter.render(TEXT);
    held.push({ page, text: Buffer.concat(page.chunks).toString() });
    // In another order than they were made in.
    if (round % 2 === 1) held.splice(-2, 1)[0]?.page.release();
    for (const { page: earlier, text } of held) assert.ok(Buffer.concat(earlier.chunks).toString() === text);
  }
});

tap.test('when many routes have become few, what the pages of many gave back is not kept', async () => {
  let routes = someRoutes(1_500);
  const exporter = exporterOf({ snapshot: () => fullSnapshot({ proxy: fullProxy({ routes }) }) });
  const first = await exporter.render(TEXT);
  routes = routes.map((route) => ({ ...route, bytesIn: 1, bytesOut: 1, total: 11, closed: 8, active: 4 }));
  const second = await exporter.render(TEXT);
  first.release();
  second.release();
  const seen = new Set([...memoryOf(first), ...memoryOf(second)]);
  routes = someRoutes(2);
  const small = await exporter.render(TEXT);
  small.release();
  routes = someRoutes(1_500);
  const again = await exporter.render(TEXT);
  const reused = [...memoryOf(again)].filter((buffer) => seen.has(buffer)).length;
  assert.ok(memoryOf(again).size > 100, `${memoryOf(again).size} buffers`);
  // Those that the small page showed and as many that it had beside them.
  assert.ok(reused < 70, `${reused} of ${memoryOf(again).size} are of before`);
});

tap.test('routes of which one after the other comes to life leave no chunks that are half empty', async () => {
  let routes = someRoutes(2_000).map(({ name }) => emptyRoute(name));
  const source = { snapshot: () => fullSnapshot({ proxy: fullProxy({ routes }) }) };
  const exporter = exporterOf(source);
  // Spread over all of them, some more with each page.
  const steps = 40;
  for (let step = 0; step < steps; step++) {
    routes = routes.map((route, index) => ((index * 7) % steps === step ? fullRoute(route.name) : route));
    (await exporter.render(TEXT)).release();
  }
  const [kept, fresh] = [await exporter.render(TEXT), await exporterOf(source).render(TEXT)];
  assert.ok(kept.body === fresh.body);
  assert.ok(kept.chunks.length < 1.5 * fresh.chunks.length, `${kept.chunks.length} for ${fresh.chunks.length}`);
});

tap.test('lines that were many once leave as few chunks as were there before', async () => {
  let codes = 60;
  const routeOf = ({ name }: IRouteSnapshot): IRouteSnapshot => {
    const { requests, ...route } = fullRoute(name);
    const byCode = Array.from({ length: codes }, (_unused, code) => ({ method: 'GET', code: String(code), count: 1 }));
    return { ...route, requests: requests && { ...requests, byCode } };
  };
  const names = someRoutes(500);
  const source = { snapshot: () => fullSnapshot({ proxy: fullProxy({ routes: names.map(routeOf) }) }) };
  const exporter = exporterOf(source);
  (await exporter.render(TEXT)).release();
  for (codes of [1, 2, 1, 0, 1]) (await exporter.render(TEXT)).release();
  const [kept, fresh] = [await exporter.render(TEXT), await exporterOf(source).render(TEXT)];
  assert.ok(kept.body === fresh.body);
  assert.ok(kept.chunks.length < 1.2 * fresh.chunks.length, `${kept.chunks.length} for ${fresh.chunks.length}`);
});

export default tap.start({ throwOnError: true });
