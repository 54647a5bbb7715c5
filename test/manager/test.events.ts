import assert from 'node:assert/strict';
import { expect, tap } from '@push.rocks/tapbundle';
import type { IDnsSnapshot, IProxySnapshot, IRouteSnapshot } from '../../ts/interfaces/snapshot.js';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { FakeClock, FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';

function setUp() {
  const clock = new FakeClock();
  const manager = new MetricsManager({ clock });
  const proxy = new FakeProxySource('a', 'b');
  const dns = new FakeDnsSource();
  manager.observe(proxy);
  manager.observe(dns);
  const total = (): IProxySnapshot => manager.snapshot().proxy ?? assert.fail('no proxy');
  return {
    clock,
    manager,
    proxy,
    dns,
    total,
    route: (name: string): IRouteSnapshot =>
      total().routes.find((route) => route.name === name) ?? assert.fail(`no route ${name}`),
    names: (): IDnsSnapshot => manager.snapshot().dns ?? assert.fail('no dns'),
    /** Every identity holds. */
    whole: (): void => {
      for (const { name, ok, violations, detail } of manager.snapshot().self.invariants) {
        assert.ok(ok && violations === 0, `${name}: ${detail}`);
      }
    },
  };
}

tap.test('a configured route that was never hit is all zeros and nulls', async () => {
  const { rates, ...rest } = setUp().route('a');
  assert.deepEqual(rest, {
    name: 'a',
    source: 'wrapped',
    configured: true,
    active: 0,
    total: 0,
    closed: 0,
    closedByReason: {},
    bytesIn: 0,
    bytesOut: 0,
    sendQueueBytes: 0,
    halfOpen: 0,
    reaped: 0,
    massCloses: 0,
    handlerErrors: 0,
    oldestSeconds: null,
    upgradedActive: [],
    requests: null,
    connectionDuration: null,
    backendConnectErrors: null,
    backendRetries: null,
    lastOpenedAt: null,
    lastClosedAt: null,
  });
  expect(rates.windowSeconds).toEqual(0);
});

tap.test('connection-open and connection-close', async () => {
  const world = setUp();
  const { clock, proxy } = world;
  const first = proxy.open('a', { clientIp: '192.0.2.1', timestamp: 11 });
  clock.advance(2000);
  const second = proxy.open('a', { clientIp: '192.0.2.2', timestamp: 12 });
  clock.advance(500);
  expect(world.total().active).toEqual(2);
  expect(world.route('a').active).toEqual(2);
  expect(world.route('a').lastOpenedAt).toEqual(12);
  expect(world.route('a').lastClosedAt).toEqual(null);
  expect(world.route('a').oldestSeconds).toEqual(2);
  expect(world.route('b').active).toEqual(0);
  proxy.close(first, { reason: 'idle-timeout', reaped: true, duration: 2500, timestamp: 13 });
  const route = world.route('a');
  expect([route.active, route.total, route.closed, route.reaped]).toEqual([1, 2, 1, 1]);
  expect(route.closedByReason).toEqual({ 'idle-timeout': 1 });
  expect(route.oldestSeconds).toEqual(0);
  expect(route.lastClosedAt).toEqual(13);
  expect(route.connectionDuration?.sum).toEqual(2.5);
  proxy.close(second);
  const total = world.total();
  expect([total.active, total.opened, total.closed]).toEqual([0, 2, 2]);
  expect(world.route('a').oldestSeconds).toEqual(null);
  expect(world.route('a').closedByReason).toEqual({ 'idle-timeout': 1, 'client-end': 1 });
  assert.deepEqual(total.topClientsByConnections?.entries.map(({ key, count }) => [key, count]), [
    ['192.0.2.1', 1],
    ['192.0.2.2', 1],
  ]); // prettier-ignore
  world.whole();
});

tap.test('the oldest is the oldest, in whatever order connections end', async () => {
  const world = setUp();
  const ids: number[] = [];
  for (let n = 0; n < 5; n++) {
    ids.push(world.proxy.open('a'));
    world.clock.advance(1000);
  }
  // Ages are 5, 4, 3, 2, 1 s.
  const close = (index: number): number | null => {
    world.proxy.close(ids[index] ?? 0);
    return world.route('a').oldestSeconds;
  };
  expect([close(2), close(4), close(0), close(1), close(3)]).toEqual([5, 5, 4, 2, null]);
  world.proxy.open('a');
  expect(world.route('a').oldestSeconds).toEqual(0);
  world.whole();
});

tap.test('traffic: bytes of open connections show at once, gauges follow and go with the connection', async () => {
  const world = setUp();
  const { proxy } = world;
  const one = proxy.open('a', { clientIp: '192.0.2.1' });
  const two = proxy.open('a', { clientIp: null });
  proxy.traffic(one, 100, 2000, 500, true);
  proxy.traffic(two, 1, 2, 30, true);
  proxy.traffic(one, 10, 0, 100, true);
  let route = world.route('a');
  expect([route.bytesIn, route.bytesOut, route.sendQueueBytes, route.halfOpen]).toEqual([111, 2002, 130, 2]);
  proxy.traffic(one, 0, 0, 0, false);
  route = world.route('a');
  expect([route.sendQueueBytes, route.halfOpen]).toEqual([30, 1]);
  proxy.close(two);
  route = world.route('a');
  expect([route.sendQueueBytes, route.halfOpen, route.bytesIn]).toEqual([0, 0, 111]);
  proxy.close(one);
  const total = world.total();
  expect([total.bytesIn, total.bytesOut]).toEqual([111, 2002]);
  assert.deepEqual(total.topClientsByBytes?.entries, [{ key: '192.0.2.1', count: 2110, maxError: 0 }]);
  world.whole();
});

tap.test('a counter never falls: a negative delta is refused and shows at the close', async () => {
  const world = setUp();
  const id = world.proxy.open('a');
  world.proxy.traffic(id, 100, 100);
  world.proxy.traffic(id, -40, Number.NaN);
  expect([world.route('a').bytesIn, world.route('a').bytesOut]).toEqual([100, 100]);
});

tap.test('connection-upgrade: counted by label while open', async () => {
  const world = setUp();
  const ids = ['websocket', 'websocket', 'h2c', 'evil"\n'].map((protocol) => {
    const id = world.proxy.open('a', { type: 'http' });
    world.proxy.upgrade(id, protocol);
    return id;
  });
  assert.deepEqual(world.route('a').upgradedActive, [
    { protocol: 'websocket', count: 2 },
    { protocol: 'h2c', count: 1 },
    { protocol: 'other', count: 1 },
  ]);
  world.proxy.upgrade(ids[2] ?? 0, 'websocket'); // told twice: it is one connection still
  world.proxy.close(ids[0] ?? 0, { type: 'websocket' });
  assert.deepEqual(world.route('a').upgradedActive, [
    { protocol: 'websocket', count: 2 },
    { protocol: 'other', count: 1 },
  ]);
  for (const id of ids.slice(1)) world.proxy.close(id);
  expect(world.route('a').upgradedActive).toEqual([]);
  world.whole();
});

tap.test(
  'requests: by method and status within bounds, aborted, in flight, also after the connection closed',
  async () => {
    const world = setUp();
    const { proxy } = world;
    const id = proxy.open('a', { type: 'http' });
    for (const [method, status] of [
      ['GET', 200],
      ['GET', 200],
      ['POST', 503],
      ['BREW', 418],
      ['GET', 99],
      ['GET', 600],
      ['GET', 200.5],
      ['HEAD', null],
    ] as const) {
      proxy.startRequest(id, 'a', method);
      proxy.endRequest(id, 'a', status, method, 10);
    }
    proxy.startRequest(id, 'a');
    proxy.startRequest(id, 'a');
    let requests = world.route('a').requests;
    expect([requests?.started, requests?.finished, requests?.aborted, requests?.inFlight]).toEqual([10, 7, 1, 2]);
    assert.deepEqual(requests?.byCode, [
      { method: 'GET', code: '200', count: 2 },
      { method: 'GET', code: 'OTHER', count: 3 },
      { method: 'POST', code: '503', count: 1 },
      { method: '_OTHER', code: '418', count: 1 },
      { method: 'HEAD', code: 'aborted', count: 1 },
    ]);
    expect(requests.duration?.count).toEqual(8);
    proxy.close(id);
    world.whole();
    proxy.endRequest(id, 'a', null);
    proxy.endRequest(id, 'a', 200);
    requests = world.route('a').requests;
    expect([requests?.started, requests?.finished, requests?.aborted, requests?.inFlight]).toEqual([10, 8, 2, 0]);
    expect(world.route('b').requests).toEqual(null);
    // The connection is forgotten with its last request: what still comes for it is left out.
    proxy.endRequest(id, 'a', 200);
    expect(world.route('a').requests?.finished).toEqual(8);
    world.whole();
  },
);

tap.test('handler-error counts for its route', async () => {
  const world = setUp();
  world.proxy.emit('handler-error', { routeName: 'b', error: new Error('x') });
  world.proxy.emit('handler-error', { error: undefined });
  expect([world.route('a').handlerErrors, world.route('b').handlerErrors]).toEqual([0, 1]);
});

tap.test('mass closes: once for a second in which half of the open ones ended, at least 10', async () => {
  const world = setUp();
  const { clock, proxy } = world;
  const open = (count: number): number[] => Array.from({ length: count }, () => proxy.open('a'));
  const massCloses = (): number | null => world.route('a').massCloses;
  let ids = open(40);
  clock.advance(5000);
  for (const id of ids.splice(0, 19)) proxy.close(id);
  expect(massCloses()).toEqual(0);
  proxy.close(ids.shift() ?? 0);
  expect(massCloses()).toEqual(1);
  for (const id of ids.splice(0)) proxy.close(id);
  expect(massCloses()).toEqual(1);
  // Fewer than 10.
  ids = open(9);
  clock.advance(1000);
  for (const id of ids) proxy.close(id);
  expect(massCloses()).toEqual(1);
  // Half of 41 is 21; those that came within the second count neither as open ones nor as ended ones.
  ids = open(41);
  clock.advance(1000);
  const late = open(30);
  for (const id of late) proxy.close(id);
  for (const id of ids.splice(0, 20)) proxy.close(id);
  expect(massCloses()).toEqual(1);
  proxy.close(ids.shift() ?? 0);
  expect(massCloses()).toEqual(2);
  for (const id of ids) proxy.close(id);
  // Many short connections are none.
  for (let second = 0; second < 5; second++) {
    for (const id of open(50)) proxy.close(id);
    clock.advance(1000);
  }
  expect(massCloses()).toEqual(2);
  // Two seconds of 10 each, out of 20.
  ids = open(20);
  clock.advance(1000);
  for (const id of ids.splice(0, 10)) proxy.close(id);
  clock.advance(1000);
  for (const id of ids) proxy.close(id);
  expect(massCloses()).toEqual(4);
  expect(world.route('b').massCloses).toEqual(0);
  world.whole();
});

tap.test('DNS in handler mode: what is not known is absent', async () => {
  const world = setUp();
  const { dns } = world;
  dns.answer(dns.ask('a.test', { type: 'A' }));
  dns.answer(dns.ask('a.test', { type: 'AAAA' }), { answered: false });
  const open = dns.ask('b.test', { type: 'TYPE65280' });
  const names = world.names();
  expect([names.queries, names.responses, names.unanswered, names.inFlight]).toEqual([3, 2, 1, 1]);
  assert.deepEqual(names.queriesByType, [
    { transport: 'unknown', type: 'A', count: 1 },
    { transport: 'unknown', type: 'AAAA', count: 1 },
    { transport: 'unknown', type: 'OTHER', count: 1 },
  ]);
  assert.deepEqual(names.responsesByCode, [{ transport: 'unknown', code: 'unknown', count: 2 }]);
  expect([names.cache, names.topClients, names.unwrappedHandlers]).toEqual([null, null, null]);
  expect([names.requestSize, names.responseSize]).toEqual([[], []]);
  assert.deepEqual(names.topDomains.entries, [
    { key: 'a.test', count: 2, maxError: 0 },
    { key: 'b.test', count: 1, maxError: 0 },
  ]);
  dns.drop(open, 'client-gone');
  assert.deepEqual(world.names().dropped, [{ reason: 'client-gone', count: 1 }]);
  expect(world.names().inFlight).toEqual(0);
  world.whole();
});

tap.test('DNS behind the front: transports, codes, sizes, clients, cache', async () => {
  const world = setUp();
  const { clock, dns } = world;
  dns.reading.handlers = [{ pattern: '*.test', calls: 5, errors: 1 }];
  dns.reading.unwrappedHandlers = 2;
  for (const [result, responseCode] of [
    ['miss', 'NOERROR'],
    ['hit', 'NOERROR'],
    ['coalesced', 'NXDOMAIN'],
    ['bypass', 'RCODE4095'],
    ['hit', 'NOERROR'],
  ] as const) {
    const id = dns.ask('a.test', { source: 'udp', clientIp: '192.0.2.9', size: 40 });
    dns.answer(id, { result, cached: result === 'hit', responseCode, size: 100 });
  }
  clock.advance(1000);
  let names = world.names();
  assert.deepEqual(names.cache, {
    hits: 2,
    coalesced: 1,
    misses: 1,
    bypass: 1,
    hitRate: 0.5,
    entries: null,
    bytes: null,
    evictions: 0,
  });
  dns.emit('cache', { entries: 3, bytes: 300, evictions: 2 });
  dns.emit('cache', { entries: 1, bytes: 100, evictions: 4 });
  dns.emit('packet-rejected', { source: 'udp', reason: 'not-a-query' });
  names = world.names();
  expect([names.cache?.entries, names.cache?.bytes, names.cache?.evictions]).toEqual([1, 100, 6]);
  assert.deepEqual(names.rejected, [{ reason: 'not-a-query', count: 1 }]);
  assert.deepEqual(names.responsesByCode, [
    { transport: 'udp', code: 'NOERROR', count: 3 },
    { transport: 'udp', code: 'NXDOMAIN', count: 1 },
    { transport: 'udp', code: 'OTHER', count: 1 },
  ]);
  assert.deepEqual(names.topClients?.entries, [{ key: '192.0.2.9', count: 5, maxError: 0 }]);
  assert.deepEqual(names.handlers, [{ pattern: '*.test', calls: 5, errors: 1 }]);
  expect([names.unwrappedHandlers, names.queriesPerSecond, names.windowSeconds]).toEqual([2, 5, 1]);
  expect(names.requestSize[0]?.histogram.count).toEqual(5);
  world.whole();
});

tap.test('names by what went wrong with them and by the time that they took', async () => {
  const { dns, names, whole } = setUp();
  const answers = {
    'a.test': [{ responseTime: 2.5 }, { responseTime: 4, responseCode: 'SERVFAIL' }],
    'b.test': [{ responseTime: 0.5, answered: false, responseCode: 'NOERROR' }, { responseCode: 'RCODE99' }],
    'c.test': [{ responseTime: null, answered: false }],
  };
  for (const [domain, ended] of Object.entries(answers)) {
    for (const answer of ended) dns.answer(dns.ask(domain), answer);
  }
  const { topDomainsByUnanswered, topDomainsByTime, topDomainsByCode } = names();
  const counts = (list: typeof topDomainsByTime) => list?.entries.map(({ key, count }) => [key, count]);
  assert.deepEqual(counts(topDomainsByUnanswered), [
    ['b.test', 1],
    ['c.test', 1],
  ]);
  assert.deepEqual(counts(topDomainsByTime), [
    ['a.test', 6.5],
    ['b.test', 1.5],
  ]);
  assert.deepEqual(
    topDomainsByCode.map(({ code, list }) => [code, counts(list)]),
    [
      ['SERVFAIL', [['a.test', 1]]],
      ['OTHER', [['b.test', 1]]],
    ],
  );
  whole();
});

tap.test('without a response time no name took any', async () => {
  const { dns, names } = setUp();
  dns.answer(dns.ask('a.test'), { responseTime: null });
  expect(names().topDomainsByTime).toEqual(null);
});

tap.test('a cache event alone tells that there is a cache, and no rate of hits before the first query', async () => {
  const world = setUp();
  world.dns.emit('cache', { entries: 0, bytes: 0, evictions: 0 });
  expect([world.names().cache?.hitRate, world.names().cache?.entries]).toEqual([null, 0]);
});

tap.test('every event is counted by name, also one that changes nothing', async () => {
  const { proxy, dns, manager } = setUp();
  const id = proxy.open('a');
  proxy.upgrade(id);
  proxy.startRequest(id, 'a');
  proxy.endRequest(id, 'a');
  proxy.traffic(id, 1, 1);
  proxy.close(id);
  proxy.emit('handler-error', { routeName: 'a', error: 1 });
  dns.emit('handler-error', { handler: '*', error: 1 });
  dns.answer(dns.ask('x'));
  dns.drop(dns.ask('x'));
  dns.emit('packet-rejected', { source: 'udp', reason: 'x' });
  dns.emit('cache', { entries: 0, bytes: 0, evictions: 0 });
  const counts = Object.fromEntries(manager.snapshot().self.events.map(({ event, count }) => [event, count]));
  assert.deepEqual(counts, {
    'connection-open': 1,
    'connection-upgrade': 1,
    'request-start': 1,
    request: 1,
    traffic: 1,
    'connection-close': 1,
    'handler-error': 2,
    'query-received': 2,
    'query-answered': 1,
    'query-dropped': 1,
    'packet-rejected': 1,
    cache: 1,
  });
});

export default tap.start({ throwOnError: true });
