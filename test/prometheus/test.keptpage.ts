import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import fc from 'fast-check';
import { parseText } from '../helpers/exposition/index.js';
import { emptyRoute, fullProxy, fullRoute, fullSnapshot, histogramOf } from '../helpers/snapshot.js';
import type { IClock } from '../../ts/interfaces/options.js';
import type { IRouteSnapshot, ISnapshotSource } from '../../ts/interfaces/snapshot.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import type { IExpositionPage } from '../../ts/prometheus/index.js';
import type { IMetricsRegistry } from '../../ts/prometheus/foreign.js';
import { frozenClock, OPENMETRICS, TEXT } from './support.js';

/** An exporter over what the source has at each render. */
const exporterOf = (
  source: ISnapshotSource,
  registries: IMetricsRegistry[] = [],
  clock: IClock = frozenClock,
): PrometheusExporter => new PrometheusExporter(source, { processMetrics: false, clock, registries });
const EDGES = [
  [0.5, 1, 2],
  [1, 10],
] as const;
const NAMES = [
  'a',
  'b"\\\n',
  'мир🙂',
  'w'.repeat(90),
  ...Array.from({ length: 60 }, (_unused, index) => `route-${index}`),
];

const number = fc.oneof(
  fc.constantFrom(0, 1, 9, 10, 99, 100, 999, 1_000, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 0.1, -0, NaN, Infinity, 5e-324),
  fc.nat(1_000_000),
  fc.double({ noNaN: true }),
);
const histogram = fc
  .tuple(fc.constantFrom(...EDGES), fc.array(fc.constantFrom(0.1, 0.7, 1.5, 5, 50), { minLength: 1, maxLength: 12 }))
  .map(([edges, values]) => histogramOf(edges, values));
const code = fc.record({
  method: fc.constantFrom('GET', 'POST', '_OTHER'),
  code: fc.constantFrom('200', '404', 'aborted', 'a\ud800', 'a\udfff'),
  count: fc.nat(2_000),
});

/** What of a route changes between two pages; the rest stays. */
const change = fc.record(
  {
    active: fc.option(fc.nat(120)),
    bytesIn: fc.option(number),
    bytesOut: fc.option(fc.nat(20_000)),
    oldestSeconds: fc.option(number),
    closedByReason: fc.option(
      fc.dictionary(fc.constantFrom('client-end', 'server-end', 'unknown'), fc.nat(1_200), { maxKeys: 3 }),
    ),
    upgradedActive: fc.array(fc.record({ protocol: fc.constantFrom('websocket', 'h2c', 'other'), count: fc.nat(12) }), {
      maxLength: 3,
    }),
    connectionDuration: fc.option(histogram),
    byCode: fc.array(code, { maxLength: 4 }),
  },
  { requiredKeys: [] },
);
type TChange = typeof change extends fc.Arbitrary<infer T> ? T : never;

const routeNumber = fc.nat(NAMES.length - 1);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('some' as const), changes: fc.array(fc.tuple(routeNumber, change), { maxLength: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('all' as const), change }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('order' as const), first: routeNumber, second: routeNumber }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fewer' as const), count: fc.integer({ min: 0, max: NAMES.length }) }) },
); // prettier-ignore

function changed(route: IRouteSnapshot, { byCode, ...rest }: TChange): IRouteSnapshot {
  const requests = byCode === undefined ? route.requests : { ...fullRoute('x').requests, byCode };
  return Object.freeze({ ...route, ...rest, requests }) as IRouteSnapshot;
}

tap.test('a page made from the one before is, byte for byte, the page made anew; in either format', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      let routes: IRouteSnapshot[] = NAMES.map((name, index) => (index % 7 === 0 ? emptyRoute(name) : fullRoute(name)));
      const source = { snapshot: () => fullSnapshot({ proxy: fullProxy({ routes }) }) };
      const kept = exporterOf(source);
      const pages: [readonly Uint8Array[], string][] = [];
      for (const [index, one] of steps.entries()) {
        const before = await kept.render(index % 2 === 0 ? TEXT : OPENMETRICS);
        pages.push([before.chunks, before.body]);
        routes = [...routes];
        if (one.kind === 'all') routes = routes.map((route) => changed(route, one.change));
        else if (one.kind === 'fewer') routes = routes.slice(0, one.count);
        else if (one.kind === 'order') {
          const [first, second] = [routes[one.first], routes[one.second]];
          if (first !== undefined && second !== undefined) {
            routes[one.first] = second;
            routes[one.second] = first;
          }
        } else {
          for (const [at, more] of one.changes) {
            const route = routes[at];
            if (route !== undefined) routes[at] = changed(route, more);
          }
        }
        for (const accept of [TEXT, OPENMETRICS]) {
          const page = await kept.render(accept);
          assert.equal(page.body, (await exporterOf(source).render(accept)).body);
          assert.ok(page.chunks.every((chunk) => chunk.at(-1) === 10));
        }
      }
      // What was given away is not written to.
      for (const [chunks, body] of pages) assert.ok(Buffer.concat(chunks).toString() === body);
    }),
    { numRuns: 60, seed: 20_261_121 },
  );
});

tap.test('a family that loses its last line leaves no trace, wherever in the page its lines were', async () => {
  // Each number of routes shifts where the chunks of the page end.
  for (let count = 100; count < 180; count++) {
    const names = Array.from({ length: count }, (_unused, index) => `route-${index}.example.test`);
    const full = names.map((name) => fullRoute(name));
    let routes = full;
    const source = { snapshot: () => fullSnapshot({ proxy: fullProxy({ routes }) }) };
    const kept = exporterOf(source);
    await kept.render(TEXT);
    routes = full.map((route) => ({ ...route, closedByReason: null, upgradedActive: [], connectionDuration: null }));
    assert.ok((await kept.render(TEXT)).body === (await exporterOf(source).render(TEXT)).body, `${count} routes`);
    routes = full;
    assert.ok((await kept.render(TEXT)).body === (await exporterOf(source).render(TEXT)).body, `${count} again`);
  }
});

tap.test(
  'a histogram that comes back is written again, whether its lines were mended or made anew before',
  async () => {
    const edges = [1, 10];
    const [one, other] = [histogramOf(edges, [0.5, 5]), histogramOf(edges, [0.5, 0.5, 50])];
    const elsewhere = histogramOf([2, 20, 200], [5]);
    let routes: IRouteSnapshot[] = [];
    const source = { snapshot: () => fullSnapshot({ proxy: fullProxy({ routes }) }) };
    const kept = exporterOf(source);
    for (const connectionDuration of [one, other, one, elsewhere, other, one, null, other, elsewhere, one]) {
      routes = ['a', 'b'].map((name) => fullRoute(name, { connectionDuration }));
      assert.equal((await kept.render(TEXT)).body, (await exporterOf(source).render(TEXT)).body);
    }
  },
);

tap.test('numbers that grow beyond the memory of their block', async () => {
  // As many routes as a block has at most, and lines of 48 bytes.
  const names = Array.from({ length: 1_024 }, (_unused, index) => `r-${String(index).padStart(6, '0')}`);
  let bytesIn = 0;
  const source = {
    snapshot: () => fullSnapshot({ proxy: fullProxy({ routes: names.map((name) => fullRoute(name, { bytesIn })) }) }),
  };
  const kept = exporterOf(source);
  for (bytesIn of [0, -1.234567890123456e-300, 7]) {
    assert.ok((await kept.render(TEXT)).body === (await exporterOf(source).render(TEXT)).body, String(bytesIn));
  }
});

tap.test(
  'lines that come and go leave the chunks of a page few, none of them large, and each with its line',
  async () => {
    const names = Array.from({ length: 400 }, (_unused, index) => `route-${index}.example.test`);
    const codes = Array.from({ length: 40 }, (_unused, index) => ({
      method: 'GET',
      code: String(200 + index),
      count: 1,
    }));
    const routeWith = (name: string, count: number): IRouteSnapshot => {
      const { requests, ...route } = fullRoute(name);
      return { ...route, requests: requests && { ...requests, byCode: codes.slice(0, count) } };
    };
    let routes = names.map((name) => routeWith(name, 1));
    const source = { snapshot: () => fullSnapshot({ proxy: fullProxy({ routes }) }) };
    const kept = exporterOf(source);
    const counts = [...codes.keys(), 3, 40, 0, 0, 2];
    for (const count of counts) {
      // A few routes at a time, and so each block many times over.
      for (let part = 0; part < 2; part++) {
        routes = routes.map((route, index) => (index % 2 === part ? routeWith(route.name, count) : route));
        const page = await kept.render(TEXT);
        const fresh = await exporterOf(source).render(TEXT);
        assert.ok(page.body === fresh.body, `${count} codes`);
        assert.ok(page.chunks.every(({ length }) => length > 0 && length <= 65_536));
        assert.ok(page.chunks.length < 3 * fresh.chunks.length, `${page.chunks.length} for ${fresh.chunks.length}`);
        page.release();
      }
    }
  },
);

tap.test('two pages at once, and one after a page that was given up', async () => {
  const names = Array.from({ length: 700 }, (_unused, index) => `route-${index}`);
  let routes = names.map((name) => fullRoute(name));
  let fail = false;
  const registry = {
    getMetricsAsJSON: () => (fail ? Promise.reject(new Error('no registry')) : Promise.resolve([])),
  };
  const source = { snapshot: () => fullSnapshot({ proxy: fullProxy({ routes }) }) };
  // Time that runs with each look at it: a page pauses wherever it may, and two are made in turns.
  let now = 0;
  const kept = exporterOf(source, [registry], { now: () => (now += 2), wall: () => 0 });
  await kept.render(TEXT);
  routes = routes.map((route, index) => ({ ...route, bytesIn: index }));
  // All but how long it took.
  const told = ({ body }: { body: string }): string => body.replace(/^router_render_duration_seconds .*$/m, '');
  const fresh = told(await exporterOf(source).render(TEXT));
  const both = await Promise.all([kept.render(TEXT), kept.render(TEXT)]);
  assert.deepEqual(
    both.map((page) => told(page) === fresh),
    [true, true],
  );
  fail = true;
  await assert.rejects(kept.render(TEXT), /no registry/);
  fail = false;
  routes = routes.map((route, index) => ({ ...route, bytesIn: index * 11, closedByReason: null }));
  assert.ok(told(await kept.render(TEXT)) === told(await exporterOf(source).render(TEXT)));
  assert.ok(parseText((await kept.render(TEXT)).body).length > 10);
});

tap.test('what is not released is never written to again; what is, is the memory of a later page', async () => {
  const names = Array.from({ length: 800 }, (_unused, index) => `route-${index}`);
  let bytesIn = 0;
  const source: ISnapshotSource = {
    snapshot: () =>
      fullSnapshot({ proxy: fullProxy({ routes: names.map((name) => ({ ...fullRoute(name), bytesIn })) }) }),
  };
  const exporter = exporterOf(source);
  const memoryOf = ({ chunks }: IExpositionPage): Set<ArrayBuffer> => new Set(chunks.map(({ buffer }) => buffer));
  const pages: IExpositionPage[] = [];
  const texts: string[] = [];
  for (; bytesIn < 3; bytesIn++) {
    const page = await exporter.render(TEXT);
    pages.push(page);
    texts.push(Buffer.concat(page.chunks).toString());
  }
  const [first, second] = pages;
  assert.ok(first !== undefined && second !== undefined);
  first.release();
  first.release();
  // Only the last one is released besides: what the second one shows stays.
  pages.at(-1)?.release();
  const third = await exporter.render(TEXT);
  assert.equal(Buffer.concat(second.chunks).toString(), texts[1]);
  const fresh = (): Promise<IExpositionPage> => exporterOf(source).render(TEXT);
  assert.equal(Buffer.concat(third.chunks).toString(), (await fresh()).body);
  // Now that nobody reads any of them, no other memory is needed, whether numbers keep their widths or not.
  const seen = new Set([...pages, third].flatMap((page) => [...memoryOf(page)]));
  second.release();
  third.release();
  for (bytesIn of Array.from({ length: 20 }, (_unused, index) => (index % 2) * 12_345)) {
    const later = await exporter.render(TEXT);
    assert.ok(
      [...memoryOf(later)].every((buffer) => seen.has(buffer)),
      `new memory for ${bytesIn}`,
    );
    assert.equal(Buffer.concat(later.chunks).toString(), (await fresh()).body);
    later.release();
  }
});

export default tap.start({ throwOnError: true });
