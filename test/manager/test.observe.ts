import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { expect, tap } from '@push.rocks/tapbundle';
import type { IProxySnapshot } from '../../ts/interfaces/snapshot.js';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { FakeClock, FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';

const total = (manager: MetricsManager): IProxySnapshot => manager.snapshot().proxy ?? assert.fail('no proxy');
const breaches = (manager: MetricsManager): unknown => manager.snapshot().self.invariants.filter(({ ok }) => !ok);
const refused = (code: string) => (error: unknown) => (error as { code?: string }).code === code;

tap.test('sections are null until a source of their kind is observed, and stay afterwards', async () => {
  const manager = new MetricsManager();
  expect([manager.snapshot().proxy, manager.snapshot().dns]).toEqual([null, null]);
  const forget = manager.observe(new FakeProxySource());
  expect(manager.snapshot().dns).toEqual(null);
  assert.notEqual(manager.snapshot().proxy, null);
  manager.observe(new FakeDnsSource());
  assert.notEqual(manager.snapshot().dns, null);
  forget();
  assert.notEqual(manager.snapshot().proxy, null);
});

tap.test('the same source twice is refused, until it was forgotten; what is no source is refused', async () => {
  const manager = new MetricsManager();
  const source = new FakeProxySource('a');
  const forget = manager.observe(source);
  assert.throws(() => manager.observe(source), refused('ERR_ALREADY_OBSERVED'));
  source.open('a');
  expect(total(manager).opened).toEqual(1); // and counted once
  forget();
  forget();
  manager.observe(source);
  assert.throws(() => manager.observe({ kind: 'ftp' } as never), refused('ERR_OPTION_INVALID'));
  for (const nothing of [undefined, null, 5]) {
    assert.throws(() => manager.observe(nothing as never), refused('ERR_OPTION_INVALID'));
  }
});

tap.test('failures of listeners are counted once, however often their source is forgotten and observed', async () => {
  const manager = new MetricsManager();
  const source = new FakeProxySource('a');
  source.reading.listenerErrors = 2;
  for (const expected of [2, 3, 4]) {
    const forget = manager.observe(source);
    source.reading.listenerErrors = expected;
    expect(manager.snapshot().self.listenerErrors).toEqual(expected);
    forget();
    expect(manager.snapshot().self.listenerErrors).toEqual(expected);
  }
});

tap.test('what was open before is unknown: its later events are left out, and the books agree throughout', async () => {
  const manager = new MetricsManager();
  const [proxy, dns] = [new FakeProxySource('a'), new FakeDnsSource()];
  const before = [proxy.open('a'), proxy.open('a')] as const;
  const queries = [dns.ask('x'), dns.ask('y')] as const;
  manager.observe(proxy);
  manager.observe(dns);
  assert.deepEqual(breaches(manager), []);
  const known = proxy.open('a');
  proxy.traffic(before[0], 1000, 1000);
  proxy.upgrade(before[0]);
  proxy.startRequest(before[0], 'a');
  proxy.endRequest(before[0], 'a');
  proxy.traffic(known, 1, 1);
  proxy.close(before[0]);
  assert.deepEqual(breaches(manager), []);
  dns.answer(queries[0]);
  dns.drop(queries[1]);
  proxy.close(known);
  proxy.close(before[1]);
  const snapshot = manager.snapshot();
  expect([snapshot.proxy?.opened, snapshot.proxy?.closed, snapshot.proxy?.bytesIn]).toEqual([1, 1, 1]);
  expect([snapshot.dns?.queries, snapshot.dns?.responses, snapshot.dns?.dropped.length]).toEqual([0, 0, 0]);
  expect(snapshot.proxy?.routes[0]?.requests).toEqual(null);
  assert.deepEqual(breaches(manager), []);
});

tap.test(
  'what is open when observing ends, ends as unknown, with its requests and queries; no mass close',
  async () => {
    const clock = new FakeClock();
    const manager = new MetricsManager({ clock });
    const [proxy, dns] = [new FakeProxySource('a'), new FakeDnsSource()];
    const forget = [manager.observe(proxy), manager.observe(dns)];
    const ids = Array.from({ length: 20 }, () => proxy.open('a'));
    proxy.traffic(ids[0] ?? 0, 5, 6, 9, true);
    for (const id of ids.slice(0, 3)) proxy.startRequest(id, 'a');
    proxy.close(ids[2] ?? 0); // its request lingers
    dns.ask('x');
    clock.advance(3000);
    for (const stop of forget) stop();
    const { proxy: after, dns: names } = manager.snapshot();
    const route = after?.routes[0] ?? assert.fail();
    expect([route.active, route.total, route.closed, route.massCloses]).toEqual([0, 20, 20, 0]);
    expect([route.sendQueueBytes, route.halfOpen, route.oldestSeconds]).toEqual([0, 0, null]);
    assert.deepEqual(route.closedByReason, { 'client-end': 1, unknown: 19 });
    assert.deepEqual(
    [route.requests?.started, route.requests?.aborted, route.requests?.inFlight],
    [3, 3, 0],
  ); // prettier-ignore
    assert.deepEqual(names?.dropped, [{ reason: 'unknown', count: 1 }]);
    assert.deepEqual(breaches(manager), []);
    // Nothing of ours is left on the sources, and what they tell now is nobody's.
    for (const event of ['connection-open', 'traffic', 'connection-close'] as const)
      expect(proxy.has(event)).toEqual(false);
    for (const event of ['query-received', 'query-answered', 'cache'] as const) expect(dns.has(event)).toEqual(false);
    proxy.open('a');
    expect(total(manager).opened).toEqual(20);
  },
);

tap.test('start and stop: idempotent, subscribed again, counting without ever being started', async () => {
  const manager = new MetricsManager();
  const proxy = new FakeProxySource('a');
  manager.observe(proxy);
  proxy.open('a');
  expect(total(manager).active).toEqual(1);
  await Promise.all([manager.start(), manager.start()]);
  await Promise.all([manager.stop(), manager.stop()]);
  await manager.stop();
  expect(proxy.sweeps).toEqual(1);
  expect(proxy.has('connection-open')).toEqual(false);
  expect([total(manager).active, total(manager).closed]).toEqual([0, 1]);
  assert.deepEqual(breaches(manager), []); // the source still holds what we no longer count
  proxy.open('a'); // missed
  assert.throws(() => manager.observe(proxy), refused('ERR_ALREADY_OBSERVED'));
  const late = new FakeProxySource('b');
  manager.observe(late);
  expect(late.has('connection-open')).toEqual(false);
  await manager.start();
  await manager.start();
  const id = proxy.open('a');
  late.open('b');
  expect([total(manager).active, total(manager).opened]).toEqual([2, 3]);
  proxy.close(id);
  assert.deepEqual(breaches(manager), []);
  await manager.stop();
  await manager.start();
  await manager.stop();
});

tap.test('a start during a stop comes after it', async () => {
  const manager = new MetricsManager();
  const proxy = new FakeProxySource('a');
  manager.observe(proxy);
  await manager.start();
  const stopping = manager.stop();
  await manager.start();
  await stopping;
  expect(proxy.has('connection-open')).toEqual(true);
  await manager.stop();
});

tap.test('settling waits for every sweep, and for a failing one no more', async () => {
  const logged: string[] = [];
  const manager = new MetricsManager({ logger: { warn: (line) => logged.push(line) } });
  const [failing, good] = [new FakeProxySource('a'), new FakeProxySource('b')];
  failing.sweep = () => {
    throw new Error('no sweep');
  };
  manager.observe(failing);
  manager.observe(good);
  const id = good.open('b');
  good.sweep = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    good.traffic(id, 12, 0);
  };
  await manager.settle();
  expect(total(manager).bytesIn).toEqual(12);
  expect(logged.length).toEqual(1);
});

tap.test('the timer: polls and keeps the routes every 5 s, does not hold the process, and goes with stop', async () => {
  const holding = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = holding();
  const real = new MetricsManager();
  await real.start();
  expect(holding()).toEqual(before);
  await real.stop();

  mock.timers.enable({ apis: ['setInterval'] });
  try {
    let polls = 0;
    const getMetrics = async (): Promise<object> => ({ cpuPercentage: ++polls });
    const manager = new MetricsManager({ limits: { routes: 1 }, smartMetrics: { getMetrics } });
    const source = new FakeProxySource('a');
    manager.observe(source);
    await manager.start();
    source.close(source.open('a'));
    source.reading.routes = ['b'];
    mock.timers.tick(5000);
    source.close(source.open('b')); // 'a' has made room
    expect(polls).toEqual(2);
    expect(manager.snapshot().self.overflow.find(({ limit }) => limit === 'routes')?.count).toEqual(0);
    await manager.stop();
    mock.timers.tick(60_000);
    expect(polls).toEqual(2);
  } finally {
    mock.timers.reset();
  }
});

tap.test('two sources are one table of routes, and each keeps its own book', async () => {
  const manager = new MetricsManager();
  const [one, two] = [new FakeProxySource('a'), new FakeProxySource('a')];
  const forget = manager.observe(one);
  manager.observe(two);
  one.open('a'); // both count their ids from 1
  const id = two.open('a');
  two.traffic(id, 3, 0);
  expect([total(manager).active, total(manager).routes[0]?.active]).toEqual([2, 2]);
  forget();
  expect([total(manager).active, total(manager).routes[0]?.bytesIn]).toEqual([1, 3]);
  two.close(id);
  assert.deepEqual(breaches(manager), []);
});

tap.test(
  'self: the oldest pass of all sources, null before the first; listener errors outlive their source',
  async () => {
    const clock = new FakeClock();
    const manager = new MetricsManager({ clock });
    const [one, two] = [new FakeProxySource('a'), new FakeProxySource('b')];
    const forget = manager.observe(one);
    manager.observe(two);
    one.reading.sampledAt = clock.wall() - 1500;
    expect([manager.snapshot().self.sampledAt, manager.snapshot().self.sampleAgeSeconds]).toEqual([null, null]);
    two.reading.sampledAt = clock.wall() - 500;
    expect(manager.snapshot().self.sampledAt).toEqual(one.reading.sampledAt);
    expect(manager.snapshot().self.sampleAgeSeconds).toEqual(1.5);
    one.reading.listenerErrors = 3;
    two.reading.listenerErrors = 4;
    expect(manager.snapshot().self.listenerErrors).toEqual(7);
    forget();
    expect(manager.snapshot().self.listenerErrors).toEqual(7);
  },
);

export default tap.start({ throwOnError: true });
