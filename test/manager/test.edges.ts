import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import * as fc from 'fast-check';
import type { IRouteSnapshot } from '../../ts/interfaces/snapshot.js';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { TopList } from '../../ts/manager/classes.toplist.js';
import { FakeClock, FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';

const routeOf = (manager: MetricsManager, name: string): IRouteSnapshot =>
  manager.snapshot().proxy?.routes.find((route) => route.name === name) ?? assert.fail(`no route ${name}`);

tap.test('seconds of mass closes are counted from the start of the manager, wherever its clock stands', async () => {
  const clock = new FakeClock();
  clock.advance(300);
  const manager = new MetricsManager({ clock });
  const source = new FakeProxySource('web');
  manager.observe(source);
  let ids = Array.from({ length: 20 }, () => source.open('web'));
  clock.advance(950);
  for (const id of ids) source.close(id);
  assert.equal(routeOf(manager, 'web').massCloses, 0, 'opened and closed in the first second');
  ids = Array.from({ length: 20 }, () => source.open('web'));
  clock.advance(51);
  for (const id of ids) source.close(id);
  assert.equal(routeOf(manager, 'web').massCloses, 1, 'closed in the second one');
});

tap.test(
  'a source that cannot be read when it is forgotten leaves the failures of the others as they were',
  async () => {
    const manager = new MetricsManager();
    const [one, other] = [new FakeProxySource(), new FakeProxySource()];
    one.reading.listenerErrors = 3;
    manager.observe(one);
    const forget = manager.observe(other);
    other.readings = () => {
      throw new Error('gone');
    };
    forget();
    assert.equal(manager.snapshot().self.listenerErrors, 3);
  },
);

tap.test(
  'when the retired were last in use: the latest of them, and null where nothing was opened or closed',
  async () => {
    const manager = new MetricsManager();
    const source = new FakeProxySource('a', 'b', 'c', 'd');
    manager.observe(source);
    source.emit('handler-error', { routeName: 'a', error: new Error('x') });
    manager.snapshot();
    source.reading.routes = ['b', 'c', 'd'];
    const { lastOpenedAt, lastClosedAt, handlerErrors } = routeOf(manager, '_retired');
    assert.deepEqual({ lastOpenedAt, lastClosedAt, handlerErrors }, { lastOpenedAt: null, lastClosedAt: null, handlerErrors: 1 }); // prettier-ignore
    // An earlier one after a later one, and the other way round.
    for (const [route, opened, latest] of [
      ['b', 20, 20],
      ['c', 10, 20],
      ['d', 30, 30],
    ] as const) {
      source.close(source.open(route, { timestamp: opened }), { timestamp: opened + 5 });
      source.reading.routes = source.reading.routes.filter((name) => name !== route);
      const retired = routeOf(manager, '_retired');
      assert.deepEqual([retired.lastOpenedAt, retired.lastClosedAt], [latest, latest + 5], route);
    }
  },
);

tap.test('each size and each time of DNS is counted, not only the latest', async () => {
  const manager = new MetricsManager();
  const dns = new FakeDnsSource();
  manager.observe(dns);
  for (const size of [40, 60, 80]) dns.answer(dns.ask('a.test', { source: 'udp', size }), { source: 'udp', size: 2 * size, responseTime: size }); // prettier-ignore
  const { duration, requestSize, responseSize } = manager.snapshot().dns ?? assert.fail('no DNS');
  for (const [histograms, sum] of [
    [requestSize, 180],
    [responseSize, 360],
    [duration, 0.18],
  ] as const) {
    assert.equal(histograms[0]?.histogram.count, 3);
    assert.ok(Math.abs((histograms[0]?.histogram.sum ?? 0) - sum) < 1e-9);
  }
});

tap.test('each series of the history is its own', async () => {
  const clock = new FakeClock();
  const manager = new MetricsManager({ clock });
  const source = new FakeProxySource('web');
  manager.observe(source);
  const ids = Array.from({ length: 7 }, () => source.open('web'));
  for (const id of ids.slice(0, 2)) source.close(id);
  for (const id of ids.slice(2, 5)) {
    source.startRequest(id, 'web');
    source.endRequest(id, 'web');
    source.traffic(id, 100, 1000);
  }
  clock.advance(1_000);
  const [seconds] = manager.snapshot().proxy?.history ?? [];
  const latest = Object.fromEntries(Object.entries(seconds?.series ?? {}).map(([name, values]) => [name, values.at(-1)])); // prettier-ignore
  assert.deepEqual(latest, { opened: 7, closed: 2, requests: 3, bytesIn: 300, bytesOut: 3_000 });
});

tap.test('when a second and a minute ended last is told exactly, wherever the clock stands', async () => {
  const clock = new FakeClock();
  clock.advance(300);
  const manager = new MetricsManager({ clock });
  manager.observe(new FakeProxySource());
  const ends = (): number[] => (manager.snapshot().proxy?.history ?? []).map(({ until }) => clock.wall() - until);
  clock.advance(2_250);
  assert.deepEqual(ends(), [250, 2_250]);
  clock.advance(60_000);
  assert.deepEqual(ends(), [250, 2_250]);
  clock.advance(750);
  assert.deepEqual(ends(), [0, 3_000]);
});

tap.test('the history of DNS has all of its series', async () => {
  const clock = new FakeClock();
  const manager = new MetricsManager({ clock });
  const dns = new FakeDnsSource();
  manager.observe(dns);
  for (let query = 0; query < 3; query++) dns.answer(dns.ask('a.test'));
  clock.advance(1_000);
  const { series = {} } = manager.snapshot().dns?.history[0] ?? {};
  assert.equal(series['queries']?.at(-1), 3);
});

tap.test('to forget a source twice is to forget it once', async () => {
  const manager = new MetricsManager();
  const source = new FakeProxySource();
  source.reading.listenerErrors = 3;
  const forget = manager.observe(source);
  forget();
  forget();
  assert.equal(manager.snapshot().self.listenerErrors, 3);
});

tap.test('a breach tells both sides', async () => {
  const manager = new MetricsManager();
  const source = new FakeProxySource('web');
  manager.observe(source);
  source.activeCount = () => 4;
  const details = manager.snapshot().self.invariants.map(({ detail }) => detail);
  assert.ok(details.includes('the source holds 4 open, 0 of them from before; live records 0'), details.join());
});

tap.test('a top list of one entry is one', async () => {
  const manager = new MetricsManager({ topLists: { capacity: 1, shown: 1 } });
  const source = new FakeProxySource('web');
  manager.observe(source);
  source.open('web');
  source.open('web', { clientIp: '192.0.2.2' });
  const entries = manager.snapshot().proxy?.topClientsByConnections?.entries;
  assert.deepEqual(entries, [{ key: '192.0.2.2', count: 2, maxError: 1 }]);
});

tap.test('what is left of a slice of preparing is no part of the turn that goes on', async () => {
  for (const [count, paused] of [
    [64, false],
    [65, true],
  ] as const) {
    const manager = new MetricsManager();
    manager.observe(new FakeProxySource(...Array.from({ length: count }, (_unused, index) => `route-${index}`)));
    manager.snapshot();
    let turned = false;
    setImmediate(() => (turned = true));
    await manager.prepare();
    assert.equal(turned, paused, `${count} routes`);
  }
});

tap.test('whatever the weights and the capacity, what is displaced is the smallest', async () => {
  const keys = fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 50 })), { maxLength: 120 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), keys, (capacity, added) => {
      const list = new TopList(capacity, capacity);
      for (const [key, weight] of added) {
        const before = list.snapshot().entries;
        list.add(`k${key}`, weight);
        const after = list.snapshot().entries;
        const entry = after.find((one) => one.key === `k${key}`) ?? assert.fail('what was added is not there');
        const known = before.find((one) => one.key === entry.key);
        const smallest = Math.min(...before.map(({ count }) => count));
        const full = before.length === capacity;
        assert.equal(entry.count, weight + (known?.count ?? (full ? smallest : 0)));
        assert.equal(entry.maxError, known?.maxError ?? (full ? smallest : 0));
        assert.equal(after.length, Math.min(capacity, before.length + (known === undefined ? 1 : 0)));
      }
    }),
    { numRuns: 300, seed: 20_261_121 },
  );
});

export default tap.start({ throwOnError: true });
