import assert from 'node:assert/strict';
import { expect, tap } from '@push.rocks/tapbundle';
import type { IProxySnapshot, IRouteSnapshot } from '../../ts/interfaces/snapshot.js';
import type { IForwardedRoute } from '../../ts/interfaces/source.js';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { FakeClock, FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';

const total = (manager: MetricsManager): IProxySnapshot => manager.snapshot().proxy ?? assert.fail('no proxy');
const find = (manager: MetricsManager, name: string): IRouteSnapshot | undefined =>
  total(manager).routes.find((route) => route.name === name);
const overflow = (manager: MetricsManager, limit: string): number | undefined =>
  manager.snapshot().self.overflow.find((entry) => entry.limit === limit)?.count;
const sum = (routes: readonly IRouteSnapshot[], read: (route: IRouteSnapshot) => number | null): number =>
  routes.reduce((result, route) => result + (read(route) ?? 0), 0);
const breaches = (manager: MetricsManager): unknown => manager.snapshot().self.invariants.filter(({ ok }) => !ok);

function live(source: FakeProxySource, route: string, bytes: number): void {
  const id = source.open(route, { timestamp: bytes });
  source.traffic(id, bytes, 2 * bytes);
  source.startRequest(id, route);
  source.endRequest(id, route, 200, 'GET', 10);
  source.close(id, { reason: 'server-end', duration: 1000, reaped: true, timestamp: bytes + 1 });
}

tap.test('5,000 distinct route names: 1,000 are kept, the rest is _overflow, counted, and sums are exact', async () => {
  const manager = new MetricsManager();
  const source = new FakeProxySource();
  manager.observe(source);
  const open: number[] = [];
  for (let n = 0; n < 5000; n++) {
    const id = source.open(`route-${n}`);
    source.traffic(id, 1, 2);
    open.push(id);
  }
  let proxy = total(manager);
  expect(proxy.routes.length).toEqual(1001);
  expect(overflow(manager, 'routes')).toEqual(4000);
  expect(find(manager, '_overflow')?.active).toEqual(4000);
  expect(find(manager, '_overflow')?.configured).toEqual(false);
  for (const id of open) source.close(id);
  proxy = total(manager);
  expect(sum(proxy.routes, (route) => route.total)).toEqual(5000);
  expect(sum(proxy.routes, (route) => route.bytesOut)).toEqual(10_000);
  assert.deepEqual(breaches(manager), []);
  // Nothing configured them, so they are gone, and there is room for what comes.
  assert.deepEqual(proxy.routes.map(({ name, total: count }) => [name, count]), [
    ['_overflow', 4000],
    ['_retired', 1000],
  ]); // prettier-ignore
  source.open('new');
  expect(find(manager, 'new')?.active).toEqual(1);
});

tap.test('configured routes past the limit are not shown, and count as overflow when they are hit', async () => {
  const manager = new MetricsManager({ limits: { routes: 2 } });
  const source = new FakeProxySource('a', 'b', 'c');
  manager.observe(source);
  assert.deepEqual(total(manager).routes.map(({ name }) => name), ['a', 'b']); // prettier-ignore
  expect(overflow(manager, 'routes')).toEqual(0);
  source.close(source.open('c'));
  expect(overflow(manager, 'routes')).toEqual(1);
  expect(find(manager, '_overflow')?.total).toEqual(1);
  // A place that comes free is taken.
  source.reading.routes = ['b', 'c'];
  assert.deepEqual(total(manager).routes.map(({ name }) => name).sort(), ['_overflow', '_retired', 'b', 'c']); // prettier-ignore
});

tap.test(
  'a route no longer configured stays while it is used, then is folded into _retired, to the last digit',
  async () => {
    const manager = new MetricsManager();
    const source = new FakeProxySource('a', 'b');
    manager.observe(source);
    live(source, 'a', 100);
    live(source, 'a', 50);
    live(source, 'b', 7);
    source.emit('handler-error', { routeName: 'a', error: 0 });
    const id = source.open('a');
    source.startRequest(id, 'a');
    const before = total(manager);
    source.reading.routes = ['b'];
    expect(find(manager, 'a')?.configured).toEqual(false);
    expect(find(manager, '_retired')).toBeUndefined();
    source.close(id, { reason: 'shutdown', duration: 1000 });
    expect(find(manager, 'a')?.requests?.inFlight).toEqual(1); // a request outlives its connection
    source.endRequest(id, 'a', null);
    const old = before.routes.find(({ name }) => name === 'a') ?? assert.fail();
    assert.equal(find(manager, 'a'), undefined);
    const retired = find(manager, '_retired') ?? assert.fail();
    assert.deepEqual(
      [retired.active, retired.total, retired.closed, retired.bytesIn, retired.bytesOut, retired.reaped],
      [0, 3, 3, 150, 300, 2],
    );
    assert.deepEqual(retired.closedByReason, { 'server-end': 2, shutdown: 1 });
    assert.deepEqual([retired.handlerErrors, retired.configured], [1, false]);
    assert.deepEqual([retired.connectionDuration?.count, retired.connectionDuration?.sum], [3, 3]);
    assert.deepEqual(retired.requests?.byCode, [
      { method: 'GET', code: '200', count: 2 },
      { method: 'GET', code: 'aborted', count: 1 },
    ]);
    assert.deepEqual(
      [retired.requests.started, retired.requests.finished, retired.requests.aborted, retired.requests.duration?.count],
      [3, 2, 1, 3],
    );
    assert.ok((retired.lastOpenedAt ?? 0) >= (old.lastOpenedAt ?? 0));
    assert.deepEqual(breaches(manager), []);

    // The name comes back: a fresh route; a second retirement adds up.
    source.reading.routes = ['a', 'b'];
    expect(find(manager, 'a')?.total).toEqual(0);
    live(source, 'a', 1);
    source.reading.routes = [];
    assert.deepEqual(total(manager).routes.map(({ name, total: count }) => [name, count]), [['_retired', 5]]); // prettier-ignore
    const proxy = total(manager);
    assert.deepEqual([proxy.opened, proxy.bytesIn], [5, 158]);
    assert.deepEqual(breaches(manager), []);
  },
);

tap.test('mass closes of what is retired stay counted, in _retired', async () => {
  const clock = new FakeClock();
  const manager = new MetricsManager({ clock });
  const source = new FakeProxySource('a');
  manager.observe(source);
  const ids = Array.from({ length: 10 }, () => source.open('a'));
  clock.advance(1000);
  for (const id of ids) source.close(id);
  expect(find(manager, 'a')?.massCloses).toEqual(1);
  source.reading.routes = [];
  expect(find(manager, '_retired')?.massCloses).toEqual(1);
});

tap.test('reserved routes are never retired and take no place', async () => {
  const manager = new MetricsManager({ limits: { routes: 1 } });
  const source = new FakeProxySource('a');
  manager.observe(source);
  source.close(source.open('_unrouted', { clientIp: null }), { reason: 'no-route' });
  source.close(source.open('a'));
  source.close(source.open('b'));
  assert.deepEqual(total(manager).routes.map(({ name, total: count }) => [name, count]).sort(), [
    ['_overflow', 1],
    ['_unrouted', 1],
    ['a', 1],
  ]); // prettier-ignore
});

tap.test('nothing is retired on incomplete knowledge: a source that cannot be read, or none', async () => {
  const logged: string[] = [];
  const manager = new MetricsManager({ logger: { warn: (line) => logged.push(line) } });
  const [one, two] = [new FakeProxySource('a'), new FakeProxySource('b')];
  two.readings = () => {
    throw new Error('no readings');
  };
  manager.observe(one);
  const forget = manager.observe(two);
  live(two, 'b', 1);
  expect(find(manager, 'b')?.total).toEqual(1);
  expect(find(manager, 'b')?.total).toEqual(1);
  expect(logged.length).toEqual(1);
  assert.match(logged[0] ?? '', /no readings/);
  forget();
  expect(find(manager, 'b')).toBeUndefined();
  expect(find(manager, '_retired')?.total).toEqual(1);
});

tap.test('routes are kept by settle and by the timer too, so that the table is right where nobody reads', async () => {
  const manager = new MetricsManager({ limits: { routes: 1 } });
  const source = new FakeProxySource('a');
  manager.observe(source);
  live(source, 'a', 1);
  source.reading.routes = ['b'];
  await manager.settle();
  expect(source.sweeps).toEqual(1);
  live(source, 'b', 1); // 'a' had made room
  expect(overflow(manager, 'routes')).toEqual(0);
});

tap.test('names with lone surrogates are one route, and resolve like their output', async () => {
  const manager = new MetricsManager();
  const source = new FakeProxySource('x\uD800');
  manager.observe(source);
  source.open('x\uD800');
  source.open('x\uDBFF');
  assert.deepEqual(total(manager).routes.map(({ name, active, configured }) => [name, active, configured]), [
    ['x\uFFFD', 2, true],
  ]); // prettier-ignore
  assert.deepEqual(breaches(manager), []);
});

tap.test('a configured name with a lone surrogate keeps its figures when nothing is open', async () => {
  const manager = new MetricsManager();
  const source = new FakeProxySource('x\uD800');
  manager.observe(source);
  source.close(source.open('x\uD800'));
  for (let read = 0; read < 3; read++) {
    assert.deepEqual(
      total(manager).routes.map(({ name, total: all }) => [name, all]),
      [['x\uFFFD', 1]],
    );
  }
});

tap.test('what was counted stays under its name after a stop, also when the host is detached', async () => {
  const manager = new MetricsManager();
  const source = new FakeProxySource('a');
  manager.observe(source);
  source.close(source.open('a'));
  await manager.stop();
  source.reading.routes = [];
  assert.deepEqual(
    total(manager).routes.map(({ name, total: all }) => [name, all]),
    [['a', 1]],
  );
});

tap.test(
  'forwarded routes: with their source, what is not told is null, in no total, and never beside a wrapped one',
  async () => {
    const manager = new MetricsManager();
    const source = new FakeProxySource('a');
    manager.observe(source);
    const forwarded: IForwardedRoute = {
      name: 'f',
      active: 3,
      total: 9,
      bytesInPerSecond: 1.5,
      bytesOutPerSecond: null,
    };
    source.reading.forwarded = { routes: [forwarded, { ...forwarded, name: 'a' }], staleSeconds: 2 };
    source.open('a');
    const proxy = total(manager);
    expect([proxy.active, proxy.opened, proxy.forwardedStaleSeconds]).toEqual([1, 1, 2]);
    assert.deepEqual(proxy.routes.map((route) => [route.name, route.source, route.active, route.total]), [
    ['a', 'wrapped', 1, 1],
    ['f', 'forwarded', 3, 9],
  ]); // prettier-ignore
    const route = proxy.routes[1] ?? assert.fail();
    expect([route.bytesIn, route.closed, route.requests, route.lastOpenedAt]).toEqual([null, null, null, null]);
    expect([route.rates.bytesInPerSecond, route.rates.bytesOutPerSecond]).toEqual([1.5, null]);
    expect(route.rates.connectionsPerSecond).toEqual(null);
    assert.deepEqual(breaches(manager), []);
  },
);

tap.test('readings: pending, host counters and certificates are sums over those who tell', async () => {
  const manager = new MetricsManager();
  const [host, plain] = [new FakeProxySource('a', 'b'), new FakeProxySource('p')];
  manager.observe(plain);
  expect([total(manager).pending, total(manager).certificates, total(manager).tlsHandshakeErrors]).toEqual([
    null,
    null,
    null,
  ]);
  manager.observe(host);
  host.reading.pending = 2;
  host.reading.host = {
    backendConnectErrors: new Map([['a', 4]]),
    backendRetries: new Map([['b', 5]]),
    tlsHandshakeErrors: 6,
    certificates: [{ domain: 'x.test', expiresAt: 7 }],
  };
  const proxy = total(manager);
  expect([proxy.pending, proxy.tlsHandshakeErrors]).toEqual([2, 6]);
  assert.deepEqual(proxy.certificates, [{ domain: 'x.test', expiresAt: 7 }]);
  assert.deepEqual(
    Object.fromEntries(proxy.routes.map((route) => [route.name, [route.backendConnectErrors, route.backendRetries]])),
    { a: [4, null], b: [null, 5], p: [null, null] },
  );
});

tap.test('DNS handlers: 200 patterns, the rest together, counted', async () => {
  const manager = new MetricsManager();
  const dns = new FakeDnsSource();
  manager.observe(dns);
  dns.reading.handlers = Array.from({ length: 300 }, (_, n) => ({ pattern: `p${n}`, calls: n, errors: 1 }));
  const { handlers } = manager.snapshot().dns ?? assert.fail();
  expect(handlers.length).toEqual(201);
  assert.deepEqual(handlers[200], { pattern: '_overflow', calls: (200 + 299) * 50, errors: 100 });
  expect(overflow(manager, 'dnsHandlers')).toEqual(100);
  dns.reading.handlers = [];
  expect(overflow(manager, 'dnsHandlers')).toEqual(100); // a counter
});

tap.test('reasons of rejected packets are bounded', async () => {
  const manager = new MetricsManager();
  const dns = new FakeDnsSource();
  manager.observe(dns);
  for (let n = 0; n < 100; n++) dns.emit('packet-rejected', { source: 'udp', reason: `reason ${n}` });
  const { rejected } = manager.snapshot().dns ?? assert.fail();
  expect(rejected.length).toEqual(65);
  expect(rejected.reduce((all, { count }) => all + count, 0)).toEqual(100);
  expect(overflow(manager, 'dnsRejectReasons')).toEqual(36);
});

export default tap.start({ throwOnError: true });
