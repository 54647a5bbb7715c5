import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import type { IProxyHost, IRouteConfig, IRouteContext } from '../../ts/interfaces/smartproxy.js';
import { statsSchema } from '../../ts/schema/statsschema.js';
import { FakeClock } from '../helpers/fakesource.js';
import { FakeSmartProxy } from '../helpers/hosts/fakesmartproxy.js';
import { until } from '../helpers/wait.js';

const nothing = (_socket: net.Socket): void => undefined;
const portOf = (server: net.Server): number => (server.address() as AddressInfo).port;
const route = (name: string, socketHandler: (socket: net.Socket) => void | Promise<void> = nothing): IRouteConfig => ({
  name,
  match: { ports: 0 },
  action: { type: 'socket-handler', socketHandler },
});
const breaches = (manager: MetricsManager): unknown[] =>
  manager.getStats().self.invariants.filter(({ ok, violations }) => !ok || violations > 0);

async function listening<T extends net.Server>(server: T): Promise<T> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** One request on a connection that is kept. Resolves when its answer was read. */
function get(port: number, agent: http.Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', agent }, (response) => {
      response.resume();
      response.once('end', resolve);
    });
    request.once('error', reject);
  });
}

tap.test('a stream without byte counters spoils no figure', async () => {
  const proxy = new MetricsAwareProxy();
  const manager = new MetricsManager();
  manager.observe(proxy);
  const told: number[] = [];
  proxy.on('connection-close', (event) => void told.push(event.bytesIn, event.bytesOut));
  for (const base of ['unshifted', 'reemitted'] as const) {
    const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => void done() });
    stream.unshift('before');
    proxy.wrapSocketHandler((given: Duplex) => void given.write('x'), { routeName: 'a', base })(stream);
    await proxy.sweep();
    stream.destroy();
  }
  await until(() => proxy.activeCount() === 0, 'the end');
  expect(told).toEqual([0, 0, 0, 0]);
  expect(breaches(manager)).toEqual([]);
});

tap.test('a connection that no route had is in both books while it is told', async () => {
  const proxy = new MetricsAwareProxy();
  const manager = new MetricsManager();
  manager.observe(proxy);
  const host = new EmbeddedProxy({ routes: [{ ...route('a'), match: { ports: 0, domains: 'a.test' } }] });
  proxy.attach(host);
  let reads = 0;
  for (const name of ['connection-open', 'traffic', 'connection-close'] as const) {
    proxy.on(name, () => {
      reads++;
      manager.getStats();
    });
  }
  await host.start();
  const client = net.connect(host.getListeningPorts()[0] ?? 0, '127.0.0.1').on('error', () => undefined);
  client.end('GET / HTTP/1.1\r\nHost: b.test\r\n\r\n');
  client.resume();
  await until(() => reads === 3, 'the end of the connection');
  expect(breaches(manager)).toEqual([]);
  await host.stop({ drainMs: 0 });
});

tap.test(
  'after idleness the age of the last pass counts from the first connection, not from the last pass',
  async () => {
    const clock = new FakeClock();
    const proxy = new MetricsAwareProxy({ clock });
    const manager = new MetricsManager({ clock });
    manager.observe(proxy);
    const sockets: net.Socket[] = [];
    const connect = (): void => {
      const socket = new net.Socket();
      sockets.push(socket);
      proxy.wrapSocketHandler(nothing, { routeName: 'a' })(socket);
    };
    connect();
    expect(manager.getStats().self.sampleAgeSeconds).toEqual(0);
    await proxy.sweep();
    sockets[0]?.destroy();
    await until(() => proxy.activeCount() === 0, 'the end');
    clock.advance(3_600_000);
    connect();
    clock.advance(500);
    expect(manager.getStats().self.sampleAgeSeconds).toEqual(0.5);
    sockets[1]?.destroy();
    await until(() => proxy.activeCount() === 0, 'the end');
  },
);

tap.test(
  'two proxies watch one http server: each tells its requests, and neither keeps the other in place',
  async () => {
    const server = http.createServer((_request, response) => void response.end('ok'));
    const proxies = [new MetricsAwareProxy(), new MetricsAwareProxy()];
    const told: string[] = [];
    let handler = (socket: net.Socket): void => void server.emit('connection', socket);
    for (const [index, proxy] of proxies.entries()) {
      proxy.observeHttpServer(server);
      proxy.on('request', ({ statusCode }) => void told.push(`${index}: ${statusCode}`));
      handler = proxy.wrapSocketHandler(handler, { routeName: 'web' });
    }
    const front = await listening(net.createServer(handler));
    const agent = new http.Agent({ keepAlive: true });
    await get(portOf(front), agent);
    await until(() => told.length === 2, 'both requests, on a connection that is still open');
    expect(told.toSorted()).toEqual(['0: 200', '1: 200']);
    const refuse = (): void => undefined;
    server.on('upgrade', refuse);
    expect(server.listenerCount('upgrade')).toEqual(3);
    server.off('upgrade', refuse);
    // Any that stayed would turn a request with an Upgrade header into a hang.
    expect(server.listenerCount('upgrade')).toEqual(0);
    agent.destroy();
    for (const proxy of proxies) proxy.detach();
    front.close();
  },
);

tap.test('an upgrade counts also where the application listened before the server was observed', async () => {
  const proxy = new MetricsAwareProxy();
  const upgrades: string[] = [];
  proxy.on('connection-upgrade', ({ protocol }) => void upgrades.push(protocol));
  const server = http.createServer();
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.resume();
  });
  proxy.observeHttpServer(server);
  const front = await listening(
    net.createServer(
      proxy.wrapSocketHandler((socket: net.Socket) => void server.emit('connection', socket), { routeName: 'web' }),
    ),
  );
  const client = net.connect(portOf(front), '127.0.0.1').on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await once(client, 'data');
  // The server says nothing more.
  client.write('hello');
  await until(async () => {
    await proxy.sweep();
    return upgrades.length > 0;
  }, 'the upgrade');
  expect(upgrades).toEqual(['websocket']);
  client.destroy();
  await until(() => proxy.activeCount() === 0, 'the end');
  proxy.detach();
  front.close();
});

tap.test('a server that cannot be observed leaves nothing behind', async () => {
  const proxy = new MetricsAwareProxy();
  assert.throws(() => proxy.observeHttpServer({} as never));
  let starts = 0;
  proxy.on('request-start', () => void starts++);
  const server = http.createServer((_request, response) => void response.end());
  proxy.observeHttpServer(server);
  server.on('connection', proxy.wrapSocketHandler(nothing, { routeName: 'web' }));
  await listening(server);
  await get(portOf(server), new http.Agent());
  expect(starts).toEqual(1);
  proxy.detach();
  server.close();
});

const host = (getMetrics: () => unknown): IProxyHost => ({
  start: async () => undefined,
  stop: async () => undefined,
  getMetrics,
});

tap.test('groups of metrics may be promised, and one that rejects ends no process', async () => {
  const proxy = new MetricsAwareProxy();
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  proxy.attach(
    host(() => ({
      connections: { byRoute: () => Promise.reject(new Error('the engine is gone')) },
      throughput: { byRoute: async () => new Map([['f', { in: 1, out: 2 }]]) },
    })),
  );
  await until(() => proxy.readings().forwarded?.routes.length === 1, 'a reading');
  expect(proxy.readings().forwarded?.routes).toEqual([
    { name: 'f', active: null, total: null, bytesInPerSecond: 1, bytesOutPerSecond: 2 },
  ]);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
  proxy.detach();
});

tap.test("a host's figure that cannot be true is none, and getStats() keeps its schema", async () => {
  const proxy = new MetricsAwareProxy();
  const manager = new MetricsManager();
  manager.observe(proxy);
  proxy.attach(
    host(() => ({
      connections: { byRoute: () => new Map([['drifted', -26], ['half', 1.5], ['true', 2]]) }, // prettier-ignore
      throughput: { byRoute: () => new Map([['drifted', { in: -1, out: Number.NaN }]]) },
    })),
  );
  await until(() => proxy.readings().forwarded?.routes.length === 3, 'a reading');
  const stats = manager.getStats();
  assert.deepEqual(stats.proxy?.routes.map(({ name, active }) => [name, active]), [
    ['drifted', null],
    ['half', null],
    ['true', 2],
  ]); // prettier-ignore
  expect(stats.proxy?.activeConnections).toEqual(2);
  statsSchema.parse(stats);
  proxy.detach();
});

tap.test('routes that the host had before are not told as wrapped, nor as never hit', async () => {
  const fake = new FakeSmartProxy({ routes: [route('a', (socket) => void socket.end())], readFirstChunk: false });
  const proxy = new MetricsAwareProxy();
  const manager = new MetricsManager();
  manager.observe(proxy);
  proxy.attach(fake);
  expect(proxy.readings().routes).toEqual([]);
  expect(manager.getStats().proxy?.routes).toEqual([]);
  await proxy.updateRoutes(fake.settings.routes);
  expect(proxy.readings().routes).toEqual(['a']);
  proxy.detach();
  // Its handler is still ours.
  proxy.attach(fake);
  expect(proxy.readings().routes).toEqual(['a']);
  proxy.detach();
});

tap.test('two proxies on one host: routes that come back are wrapped no deeper', async () => {
  const failing = (): never => {
    throw new Error('from the bottom');
  };
  const fake = new FakeSmartProxy({ routes: [route('a', failing)] });
  const proxies = [new MetricsAwareProxy(), new MetricsAwareProxy()];
  for (const proxy of proxies) proxy.attach(fake);
  await fake.updateRoutes(fake.settings.routes);
  const wrapped = fake.settings.routes[0]?.action.socketHandler;
  assert.notEqual(wrapped, failing);
  for (let times = 0; times < 3; times++) await fake.updateRoutes(fake.settings.routes);
  assert.equal(fake.settings.routes[0]?.action.socketHandler, wrapped);
  for (const proxy of proxies.toReversed()) proxy.detach();
  assert.equal(Object.hasOwn(fake, 'updateRoutes'), false);
});

tap.test('a promise whose own `then` throws throws nothing into the host', async () => {
  class Broken extends Promise<void> {
    override then(): never {
      throw new Error('no then');
    }
  }
  const proxy = new MetricsAwareProxy();
  const promise = new Broken(() => undefined);
  const [wrapped] = proxy.wrapRoutes([route('a', () => promise)]);
  const socket = new net.Socket();
  assert.equal(wrapped?.action.socketHandler?.(socket, {} as IRouteContext), promise);
  socket.destroy();
  await until(() => proxy.activeCount() === 0, 'the end');
});

tap.test('a socket that throws when it is read ends neither the pass nor the process', async () => {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 100 });
  const wrapped = proxy.wrapSocketHandler(nothing, { routeName: 'a' });
  const [good, bad] = [new net.Socket(), new net.Socket()];
  wrapped(good);
  wrapped(bad);
  let reads = 0;
  Object.defineProperty(bad, 'bytesRead', {
    get: () => {
      reads++;
      throw new Error('not for you');
    },
  });
  await proxy.sweep();
  // The regular beat, from its timer, as well.
  await until(() => reads > 1, 'a pass of the sampler itself');
  expect(proxy.activeCount()).toEqual(2);
  good.destroy();
  await until(() => proxy.activeCount() === 1, 'the end of the good one');
});

tap.test('a context of null is none', async () => {
  const proxy = new MetricsAwareProxy();
  const socket = new net.Socket();
  const wrapped = proxy.wrapSocketHandler((_socket: net.Socket, _context: unknown) => undefined, { routeName: 'a' });
  wrapped(socket, null);
  expect(proxy.activeCount()).toEqual(1);
  socket.destroy();
  await until(() => proxy.activeCount() === 0, 'the end');
});

tap.test('a clock or a logger that is none is refused', async () => {
  const refused = (options: unknown, name: string): void => {
    assert.throws(
      () => new MetricsAwareProxy(options as never),
      (error: Error & { code?: unknown }) => error.code === 'ERR_OPTION_INVALID' && error.message.includes(name),
    );
  };
  refused({ clock: 5 }, 'clock.now');
  refused({ clock: null }, 'clock.now');
  refused({ clock: { now: () => 0 } }, 'clock.wall');
  refused({ logger: {} }, 'logger.warn');
  assert.throws(
    () => new MetricsAwareProxy().wrapSocketHandler(nothing, undefined as never),
    (error: Error & { code?: unknown }) => error.code === 'ERR_OPTION_INVALID',
  );
});

export default tap.start({ throwOnError: true });
