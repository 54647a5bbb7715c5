import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { tap } from '@push.rocks/tapbundle';
import { seeded } from '../../bench/harness/random.js';
import type { IProxySnapshot, IRouterSnapshot, IRouteSnapshot } from '../../ts/interfaces/snapshot.js';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { LEND, routeListOf } from '../../ts/shared/routelist.js';
import { FakeClock, FakeProxySource } from '../helpers/fakesource.js';
import { until } from '../helpers/wait.js';

const REASONS = ['client-end', 'server-end', 'limit'] as const;

/** A source that is told to do something at random, the same for the same seed. */
function world(seed: number, names: readonly string[]) {
  const random = seeded(seed);
  const clock = new FakeClock();
  const source = new FakeProxySource(...names);
  const below = (most: number): number => Math.floor(random() * most);
  const open: number[] = [];
  const step = (): void => {
    const route = names[below(names.length)] ?? '';
    switch (below(8)) {
      case 0:
      case 1:
        open.push(source.open(route, { timestamp: below(1e6) }));
        break;
      case 2: {
        const [id] = open.splice(below(open.length), 1);
        if (id !== undefined) source.close(id, { duration: below(1e6), reason: REASONS[below(3)] ?? 'unknown' });
        break;
      }
      case 3:
        source.reading.routes = names.filter(() => random() < 0.8);
        break;
      case 4: {
        const [id] = open.splice(below(open.length), 1);
        if (id === undefined) break;
        source.startRequest(id, route);
        source.endRequest(id, route, 200 + below(9), below(2) === 0 ? 'GET' : 'PUT', below(20_000));
        source.close(id);
        break;
      }
      case 5:
        clock.advance(below(4_000));
        break;
      case 6:
        source.reading.host = {
          backendConnectErrors: new Map(names.flatMap((name) => (random() < 0.5 ? [[name, below(9)]] : []))),
          backendRetries: new Map(),
          tlsHandshakeErrors: 0,
          certificates: [],
        };
        break;
      default: {
        const id = open[below(open.length)];
        if (id !== undefined) source.traffic(id, below(1e5), below(1e5), below(3), random() < 0.3);
        if (id !== undefined && random() < 0.3) source.upgrade(id, random() < 0.5 ? 'websocket' : 'h2c');
      }
    }
  };
  return { clock, source, step };
}

const proxyOf = ({ proxy }: IRouterSnapshot): IProxySnapshot => proxy ?? assert.fail('no proxy');
/** But for the process, which is not ours. */
const told = (snapshot: IRouterSnapshot): object => structuredClone({ ...snapshot, process: null });

/** What is counted twice, in a total and by label, also in memory that another route had before. */
function addsUp({ name, closed, closedByReason, connectionDuration, requests }: IRouteSnapshot): void {
  const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
  assert.equal(sum(Object.values(closedByReason ?? {})), closed, name);
  assert.equal(connectionDuration?.count ?? 0, closed, name);
  if (requests === null) return;
  assert.equal(sum(requests.byCode.map(({ count }) => count)), requests.finished + requests.aborted, name);
  assert.equal(sum(requests.duration?.counts ?? []), requests.finished, name);
}

tap.test('routes that are read late are those of the moment, whatever came since and was read meanwhile', async () => {
  for (const routes of [3, 150]) {
    const names = Array.from({ length: routes }, (_unused, index) => `route-${index}`);
    const { clock, source, step } = world(routes, names);
    const options = { clock, instance: 'test' };
    const [atOnce, late] = [new MetricsManager(options), new MetricsManager(options)];
    atOnce.observe(source);
    late.observe(source);
    const exporter = new PrometheusExporter(late, { clock, processMetrics: false });
    const pairs: [expected: object, snapshot: IRouterSnapshot][] = [];
    for (let round = 0; round < 120; round++) {
      for (let steps = 0; steps < 15; steps++) step();
      // In one turn: nothing happens between the two.
      const given = late.snapshot();
      pairs.push([told(atOnce.snapshot()), given]);
      if (round % 3 > 0) (await exporter.render()).release();
      if (round % 4 === 0) await late.prepare();
    }
    for (const [round, [expected, snapshot]] of pairs.entries()) {
      assert.deepEqual(told(snapshot), expected, `round ${round}`);
      for (const route of proxyOf(snapshot).routes) addsUp(route);
    }
  }
});

tap.test(
  'routes are made once, as plain data that is frozen, and every way to copy a snapshot finds them',
  async () => {
    const { clock, source, step } = world(7, ['a', 'b']);
    const manager = new MetricsManager({ clock });
    manager.observe(source);
    for (let steps = 0; steps < 300; steps++) step();
    const snapshot = manager.snapshot();
    const proxy = proxyOf(snapshot);
    assert.ok(Object.isFrozen(snapshot) && Object.isFrozen(proxy));
    const inJson = (JSON.parse(JSON.stringify(proxy)) as IProxySnapshot).routes;
    const { routes } = proxy;
    assert.ok(routes.length >= 2);
    assert.equal(proxy.routes, routes);
    assert.deepEqual(JSON.parse(JSON.stringify(routes)), inJson);
    assert.deepEqual({ ...proxy }.routes, routes);
    assert.deepEqual(structuredClone(proxy).routes, routes);
    assert.ok(Object.keys(proxy).includes('routes'));
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
    assert.ok(frozen(routes));
    assert.ok(Array.isArray(routes) && routes.every((route) => Object.getPrototypeOf(route) === Object.prototype));
    // One by one, as code that goes through many takes them.
    const other = manager.snapshot();
    const list = routeListOf(proxyOf(other));
    const first = list.plain(1);
    assert.equal(list.length, routes.length);
    assert.deepEqual(Array.from(routes, (_route, index) => list.plain(index)), routes); // prettier-ignore
    assert.equal(proxyOf(other).routes[1], first);
    assert.equal(list.plain(routes.length), undefined);
  },
);

tap.test('what is lent is of its moment until it is given back, also where others read and more happens', async () => {
  const names = Array.from({ length: 100 }, (_unused, index) => `route-${index}`);
  const source = new FakeProxySource(...names);
  const manager = new MetricsManager({ instance: 'test' });
  manager.observe(source);
  const totals = (snapshot: IRouterSnapshot): (number | null)[] => {
    const list = routeListOf(snapshot.proxy);
    return Array.from({ length: list.length }, (_unused, index) => list.at(index)?.total ?? null);
  };
  const openAll = (): void => names.forEach((name) => void source.open(name));
  openAll();
  const one = manager[LEND]();
  openAll();
  const [two, kept] = [manager[LEND](), manager.snapshot()];
  openAll();
  await manager.prepare();
  const three = manager[LEND]();
  assert.deepEqual([one, two, three].map(({ snapshot }) => new Set(totals(snapshot))), [new Set([1]), new Set([2]), new Set([3])]); // prettier-ignore
  three.done();
  one.done();
  openAll();
  manager[LEND]().done();
  openAll();
  const last = manager[LEND]();
  assert.deepEqual(new Set(totals(last.snapshot)), new Set([5]));
  assert.deepEqual(new Set(totals(two.snapshot)), new Set([2]));
  assert.deepEqual(new Set(totals(kept)), new Set([2]));
  assert.deepEqual(new Set(proxyOf(kept).routes.map(({ total }) => total)), new Set([2]));
});

tap.test('pages of routes all of which are busy take no more memory one after the other', async () => {
  const names = Array.from({ length: 500 }, (_unused, index) => `route-${index}`);
  const source = new FakeProxySource(...names);
  const manager = new MetricsManager();
  manager.observe(source);
  const exporter = new PrometheusExporter(manager, { processMetrics: false });
  const page = async (): Promise<number> => {
    for (const name of names) source.close(source.open(name));
    (await exporter.render()).release();
    return process.memoryUsage().arrayBuffers;
  };
  // The first ones are written anew where numbers grow.
  for (let pages = 0; pages < 12; pages++) await page();
  const before = await page();
  for (let pages = 0; pages < 20; pages++) await page();
  const grown = (await page()) - before;
  assert.ok(grown < 200_000, `${grown} bytes`);
});

/** A manager, and a way to have other routes configured and used. */
function changing() {
  const source = new FakeProxySource();
  const manager = new MetricsManager();
  manager.observe(source);
  const have = async (names: readonly string[], code: number): Promise<number> => {
    source.reading.routes = [...names];
    for (const name of names) {
      const id = source.open(name);
      source.startRequest(id, name);
      source.endRequest(id, name, code);
      source.close(id);
    }
    await manager.settle();
    return process.memoryUsage().arrayBuffers;
  };
  return { manager, have };
}

tap.test('routes that come and go with names of their own leave no memory behind', async () => {
  const { have } = changing();
  // One that stays keeps the memory that the others share with it.
  const names = (round: number): string[] => ['stays', ...Array.from({ length: 30 }, (_unused, index) => `${round}-${index}`)]; // prettier-ignore
  // All codes are known in the end.
  for (let round = 0; round < 60; round++) await have(names(round), 200 + (round % 50));
  const before = await have(names(60), 200);
  for (let round = 61; round < 1_000; round++) await have(names(round), 200 + (round % 50));
  const grown = (await have(names(1_000), 200)) - before;
  assert.ok(grown < 50_000, `${grown} bytes`);
});

tap.test('when routes have become few, the memory of the many is given back', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { manager, have } = changing();
  await have(Array.from({ length: 900 }, (_unused, index) => `route-${index}`), 200); // prettier-ignore
  manager[LEND]().done();
  collect();
  const many = process.memoryUsage().arrayBuffers;
  await have(['route-5'], 200);
  // The collector gives array buffers back a little later.
  await until(() => {
    collect();
    return many - process.memoryUsage().arrayBuffers > 1_000_000;
  }, 'memory of a thousand routes');
});

export default tap.start({ throwOnError: true });
