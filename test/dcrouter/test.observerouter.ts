import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { type IObservedRouter, type IRouterParts, observeRouter } from '../../ts/dcrouter/index.js';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import type { IRouteConfig } from '../../ts/interfaces/smartproxy.js';
import type { IRouteStats } from '../../ts/interfaces/stats.js';
import { statsSchema } from '../../ts/schema/statsschema.js';
import { FakeRustProxy } from '../helpers/hosts/fakerustproxy.js';
import { FakeSmartProxy } from '../helpers/hosts/fakesmartproxy.js';
import { askTypeScriptSide, dig, makeSmartDns, question } from '../helpers/smartdns.js';
import { until } from '../helpers/wait.js';

const OPS = { host: '127.0.0.1', port: 0 } as const;
const code = (error: unknown): unknown => (error as { code?: unknown }).code;

const hello = (socket: net.Socket): void => {
  socket.on('error', () => undefined);
  socket.resume();
  socket.end('hello');
};
const route = (name: string, socketHandler = hello): IRouteConfig => ({
  name,
  match: { ports: 0 },
  action: { type: 'socket-handler', socketHandler },
});
const away = (port: number): IRouteConfig => ({
  name: 'away',
  match: { ports: 0 },
  action: { type: 'forward', targets: [{ host: '127.0.0.1', port }] },
});

async function backend(): Promise<net.Server> {
  const server = net.createServer(hello).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
const portOf = (server: net.Server): number => (server.address() as AddressInfo).port;

/** One connection: `sent` to the host, `hello` back. */
async function visit(port: number, sent = 'x'): Promise<void> {
  const client = net.connect(port, '127.0.0.1');
  let received = '';
  client.on('data', (chunk: Buffer) => (received += chunk.toString()));
  client.write(sent);
  await once(client, 'close');
  expect(received).toEqual('hello');
}

function routeOf(router: IObservedRouter, name: string): IRouteStats {
  const stats = router.manager.getStats();
  statsSchema.parse(stats);
  for (const { ok, detail } of stats.self.invariants) assert.ok(ok, String(detail));
  return stats.proxy?.routes.find((one) => one.name === name) ?? assert.fail(`no route ${name}`);
}

/** The samples of one family, as the ops server serves them. */
async function samples(router: IObservedRouter, family: string): Promise<string[]> {
  const text = await (await fetch(`${router.ops?.url}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(`${family}{`) || line.startsWith(`${family} `));
}

const closedOf = async (router: IObservedRouter, name: string, count: number): Promise<void> => {
  await router.manager.settle();
  await until(() => routeOf(router, name).closed === count, `${count} closes of ${name}`);
};

tap.test('SmartProxy: its routes are wrapped in one call, and the figures are served', async () => {
  const target = await backend();
  const smartProxy = new FakeSmartProxy({ routes: [route('a'), away(portOf(target))] });
  await smartProxy.start();
  const router = observeRouter({ smartProxy }, { ops: OPS });
  await router.start();
  await visit(smartProxy.portOf('a'), 'four');
  await visit(smartProxy.portOf('away'));
  await closedOf(router, 'a', 1);
  const { source, total, bytesIn, bytesOut, closedByReason } = routeOf(router, 'a');
  assert.deepEqual(
    { source, total, bytesIn, bytesOut },
    { source: 'wrapped', total: 1, bytesIn: 4, bytesOut: 5 },
  ); // prettier-ignore
  assert.deepEqual(Object.values(closedByReason ?? {}), [1]);
  assert.deepEqual(await samples(router, 'router_connections_opened_total'), [
    'router_connections_opened_total{route="a"} 1',
  ]);
  assert.deepEqual(await samples(router, 'router_received_bytes_total'), ['router_received_bytes_total{route="a"} 4']);
  await router.stop();
  await smartProxy.stop();
  target.close();
});

tap.test('a forwarded route is told as such, and a wrapped one is never added up twice', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const hold = (socket: net.Socket): void => {
    socket.on('error', () => undefined);
    socket.resume();
    void held.then(() => socket.destroy());
  };
  const target = net.createServer(hold).listen(0, '127.0.0.1');
  await once(target, 'listening');
  const smartProxy = new FakeSmartProxy({ routes: [route('a', hold), away(portOf(target))], readFirstChunk: false });
  await smartProxy.start();
  const router = observeRouter({ smartProxy }, { ops: OPS });
  await router.start();
  const clients = ['a', 'away', 'away'].map((name) => net.connect(smartProxy.portOf(name), '127.0.0.1'));
  for (const client of clients) client.on('error', () => undefined);
  // The host counts all three itself.
  await until(() => smartProxy.getMetrics().connections.active() === 3, 'the host');
  await until(() => router.manager.getStats().proxy?.activeConnections === 3, 'a reading of the forwarded route');
  const forwarded = routeOf(router, 'away');
  expect([forwarded.source, forwarded.active, forwarded.total, forwarded.neverHit]).toEqual([
    'forwarded',
    2,
    null,
    false,
  ]);
  expect([routeOf(router, 'a').source, routeOf(router, 'a').active]).toEqual(['wrapped', 1]);
  assert.equal(router.manager.getStats().proxy?.routes.length, 2);
  assert.deepEqual((await samples(router, 'router_connections_active')).toSorted(), [
    'router_connections_active{route="a",source="wrapped"} 1',
    'router_connections_active{route="away",source="forwarded"} 2',
  ]);
  release();
  for (const client of clients) client.destroy();
  await router.stop();
  await smartProxy.stop();
  target.close();
});

tap.test("SmartProxy's Rust engine: exact bytes through the relay", async () => {
  const smartProxy = new FakeRustProxy({ routes: [route('a')], joinFirstChunk: true });
  await smartProxy.start();
  const router = observeRouter({ smartProxy }, { ops: false });
  expect(router.ops).toEqual(null);
  await router.start();
  await visit(smartProxy.portOf('a'), 'seventeen');
  await closedOf(router, 'a', 1);
  const { bytesIn, bytesOut } = routeOf(router, 'a');
  expect([bytesIn, bytesOut]).toEqual([9, 5]);
  await router.stop();
  await smartProxy.stop();
});

tap.test('EmbeddedProxy: forwarded routes are wrapped too, and it may be observed before it starts', async () => {
  const target = await backend();
  const smartProxy = new EmbeddedProxy({ routes: [away(portOf(target))] });
  // It hands over its handlers itself: its configuration is left alone.
  smartProxy.updateRoutes = () => Promise.reject(new Error('nobody asked for other routes'));
  const router = observeRouter({ smartProxy }, { ops: false });
  await router.start();
  await smartProxy.start();
  await visit(smartProxy.getListeningPorts()[0] ?? 0, 'abc');
  await closedOf(router, 'away', 1);
  const { source, bytesIn, bytesOut, backendConnectErrors } = routeOf(router, 'away');
  assert.deepEqual([source, bytesIn, bytesOut, backendConnectErrors], ['wrapped', 3, 5, 0]);
  expect(router.manager.getStats().proxy?.pendingConnections).toEqual(0);
  await router.stop();
  await visit(smartProxy.getListeningPorts()[0] ?? 0);
  await smartProxy.stop({ drainMs: 0 });
  target.close();
});

tap.test('the real SmartDNS, and process figures of a SmartMetrics object', async () => {
  const dns = await makeSmartDns();
  const registerHandler = dns.server.registerHandler;
  const smartMetrics = {
    getMetrics: async () => ({ cpuPercentage: 12.5, memoryPercentage: 25, memoryUsageBytes: 4096 }),
  };
  const router = observeRouter({ dnsServer: dns.server, smartMetrics }, { ops: OPS });
  dns.server.registerHandler('*.example.test', ['A'], ({ name, type }) => ({
    name,
    type,
    class: 'IN',
    ttl: 60,
    data: '192.0.2.1',
  }));
  await router.start();
  await dns.server.start();
  expect(await dig(dns.port, 'a.example.test', 'A')).toInclude('192.0.2.1');
  await dig(dns.port, 'other.test', 'A');
  await until(() => router.manager.getStats().dns?.totalQueries === 2, 'both queries');
  const stats = router.manager.getStats();
  statsSchema.parse(stats);
  expect(stats.proxy).toEqual(null);
  assert.deepEqual(stats.dns?.queryTypes, { A: 2 });
  expect([stats.dns?.unanswered, stats.dns?.unwrappedHandlers]).toEqual([1, 0]);
  assert.deepEqual(stats.dns?.handlers, [{ pattern: '*.example.test', calls: 1, errors: 0 }]);
  const { source, cpuPercentage, memoryUsageBytes } = stats.process;
  expect([source, cpuPercentage, memoryUsageBytes]).toEqual(['smartmetrics', 12.5, 4096]);
  assert.deepEqual(await samples(router, 'router_dns_queries_total'), [
    'router_dns_queries_total{transport="unknown",qtype="A"} 2',
  ]);
  const listeners = dns.server.listenerCount('query');
  await router.stop();
  assert.equal(dns.server.registerHandler, registerHandler);
  expect(dns.server.listenerCount('query')).toEqual(listeners - 1);
  expect(await dig(dns.port, 'a.example.test', 'A')).toInclude('192.0.2.1');
  expect(router.manager.getStats().dns?.totalQueries).toEqual(2);
  await dns.stop();
});

tap.test('proxy and DNS together are one router', async () => {
  const smartProxy = new FakeSmartProxy({ routes: [route('a')] });
  const { server } = await makeSmartDns();
  const router = observeRouter({ smartProxy, dnsServer: server }, { ops: false });
  await router.start();
  server.registerHandler('*', ['A'], () => null);
  askTypeScriptSide(server, [question('a.test')]);
  const stats = router.manager.getStats();
  expect([stats.proxy?.routes.length, stats.dns?.totalQueries]).toEqual([1, 1]);
  await router.stop();
});

tap.test('routes that cannot be known: refused, with both remedies', async () => {
  const bare = { start: async () => undefined, stop: async () => undefined, updateRoutes: async () => undefined };
  const before = Object.keys(bare);
  assert.throws(
    () => observeRouter({ smartProxy: bare }, { ops: false }),
    (error: Error) => {
      assert.equal(code(error), 'ERR_ROUTES_UNKNOWN');
      return error.message.includes('as "routes"') && error.message.includes('MetricsAwareProxy.wrapRoutes(routes)');
    },
  );
  assert.deepEqual(Object.keys(bare), before);
  // The first remedy.
  const given: unknown[] = [];
  const smartProxy = { ...bare, updateRoutes: async (routes: unknown) => void given.push(routes) };
  const router = observeRouter({ smartProxy, routes: [route('a')] }, { ops: false });
  await router.start();
  const [[wrapped] = []] = given as IRouteConfig[][];
  assert.equal(wrapped?.name, 'a');
  assert.notEqual(wrapped.action.socketHandler, hello);
  assert.deepEqual([routeOf(router, 'a').configured, routeOf(router, 'a').neverHit], [true, true]);
  await router.stop();
});

tap.test('mistakes are refused by name, and nothing of the parts was touched', async () => {
  const smartProxy = new FakeSmartProxy({ routes: [] });
  const refused = (parts: unknown, options: unknown, expected: string, word: string): void => {
    assert.throws(
      () => observeRouter(parts as IRouterParts, options as never),
      (error: Error) => code(error) === expected && error.message.includes(word),
    );
    assert.equal(Object.hasOwn(smartProxy, 'updateRoutes'), false);
    assert.equal(smartProxy.settings.routes.length, 0);
  };
  refused({}, { ops: false }, 'ERR_OPTION_INVALID', 'smartProxy');
  refused(undefined, { ops: false }, 'ERR_OPTION_INVALID', 'observeRouter');
  refused({ routes: [] }, { ops: false }, 'ERR_OPTION_INVALID', 'routes');
  refused({ smartProxy: 5 }, { ops: false }, 'ERR_OPTION_INVALID', 'smartProxy');
  refused({ smartProxy: null }, { ops: false }, 'ERR_OPTION_INVALID', 'smartProxy');
  refused({ smartProxy, routes: 7 }, { ops: false }, 'ERR_OPTION_INVALID', 'routes');
  refused({ smartProxy, dns: 1 }, { ops: false }, 'ERR_OPTION_UNKNOWN', 'dns');
  refused({ smartProxy, dnsServer: {} }, { ops: false }, 'ERR_OPTION_INVALID', 'registerHandler');
  refused({ smartProxy, smartMetrics: null }, { ops: false }, 'ERR_OPTION_INVALID', 'smartMetrics');
  refused({ smartProxy }, { opts: {} }, 'ERR_OPTION_UNKNOWN', 'opts');
  refused({ smartProxy }, { ops: true }, 'ERR_OPTION_INVALID', 'observeRouter ops');
  refused({ smartProxy }, { ops: false, proxy: null }, 'ERR_OPTION_INVALID', 'observeRouter proxy');
  refused({ smartProxy }, { ops: { host: '0.0.0.0' } }, 'ERR_BIND_WITHOUT_AUTH', 'host');
  refused({ smartProxy }, { ops: { prot: 1 } }, 'ERR_OPTION_UNKNOWN', 'prot');
  refused({ smartProxy }, { ops: false, manager: { privacy: 'some' } }, 'ERR_OPTION_INVALID', 'privacy');
  refused({ smartProxy }, { ops: false, proxy: { sampleIntervalMs: 1 } }, 'ERR_OPTION_INVALID', 'sampleIntervalMs');
  refused({ smartProxy }, { ops: false, proxy: { base: 'x' } }, 'ERR_OPTION_INVALID', 'base');
  refused({ smartProxy }, { ops: false, prometheus: { prefix: '1' } }, 'ERR_METRIC_NAME', 'prefix');
  refused({ smartProxy }, { ops: false, logger: {} }, 'ERR_OPTION_INVALID', 'logger.warn');
});

tap.test('a busy port: the start fails by name, everything is given back, and no route was touched', async () => {
  const busy = await backend();
  const smartProxy = new FakeSmartProxy({ routes: [route('a')] });
  const { updateRoutes } = smartProxy;
  const router = observeRouter({ smartProxy }, { ops: { ...OPS, port: portOf(busy) } });
  await assert.rejects(router.start(), (error: Error) => code(error) === 'EADDRINUSE');
  assert.equal(smartProxy.updateRoutes, updateRoutes);
  assert.equal(Object.hasOwn(smartProxy, 'updateRoutes'), false);
  assert.equal(smartProxy.settings.routes[0]?.action.socketHandler, hello);
  busy.close();
  await once(busy, 'close');
  // It was only the port.
  await router.start();
  assert.notEqual(smartProxy.settings.routes[0]?.action.socketHandler, hello);
  await router.stop();
});

tap.test('a host that refuses its routes: the start fails with its error and leaves no port open', async () => {
  const refusal = new Error('not these');
  const smartProxy = new FakeSmartProxy({ routes: [route('a')] });
  smartProxy.updateRoutes = () => Promise.reject(refusal);
  const { updateRoutes } = smartProxy;
  const router = observeRouter({ smartProxy }, { ops: OPS });
  await assert.rejects(router.start(), (error) => error === refusal);
  expect(router.ops?.address).toEqual(null);
  assert.equal(smartProxy.updateRoutes, updateRoutes);
});

tap.test('start and stop: twice is once, in turn, again; every method is back after each stop', async () => {
  const smartProxy = new FakeSmartProxy({ routes: [route('a')], readFirstChunk: false });
  await smartProxy.start();
  const { updateRoutes, getMetrics } = smartProxy;
  const router = observeRouter({ smartProxy }, { ops: OPS });
  const restored = (): void => {
    assert.equal(smartProxy.updateRoutes, updateRoutes);
    assert.equal(smartProxy.getMetrics, getMetrics);
    assert.equal(Object.hasOwn(smartProxy, 'updateRoutes'), false);
    expect(router.ops?.address).toEqual(null);
  };
  for (const round of [1, 2, 3]) {
    await Promise.all([router.start(), router.start()]);
    const port = router.ops?.address?.port;
    await router.start();
    assert.equal(router.ops?.address?.port, port);
    await visit(smartProxy.portOf('a'));
    await closedOf(router, 'a', round);
    expect((await samples(router, 'process_cpu_seconds_total')).length).toEqual(1);
    await Promise.all([router.stop(), router.stop()]);
    restored();
    // The figures stay.
    expect(routeOf(router, 'a').total).toEqual(round);
    await router.stop();
    restored();
  }
  // A stop during a start comes after it.
  await Promise.all([router.start(), router.stop()]);
  restored();
  await smartProxy.stop();
});

tap.test('routes that the host was given meanwhile are never taken back', async () => {
  const smartProxy = new FakeSmartProxy({ routes: [route('first')] });
  const names = (): unknown => smartProxy.settings.routes.map(({ name }) => name);
  const router = observeRouter({ smartProxy }, { ops: false });
  await smartProxy.updateRoutes([route('second')]);
  await router.start();
  expect(names()).toEqual(['second']);
  await smartProxy.updateRoutes([route('third')]);
  assert.notEqual(smartProxy.settings.routes[0]?.action.socketHandler, hello);
  await router.stop();
  await smartProxy.updateRoutes([route('fourth')]);
  assert.equal(smartProxy.settings.routes[0]?.action.socketHandler, hello);
  await router.start();
  expect(names()).toEqual(['fourth']);
  assert.notEqual(smartProxy.settings.routes[0].action.socketHandler, hello);
  await router.stop();
});

export default tap.start({ throwOnError: true });
