import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import type { IRouteConfig, IRouteContext } from '../../ts/interfaces/smartproxy.js';
import type { IConnectionCloseEvent, IConnectionOpenEvent } from '../../ts/interfaces/events.js';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import { FakeSmartProxy } from '../helpers/hosts/fakesmartproxy.js';
import { until } from '../helpers/wait.js';

const handler = (): void => undefined;
const route = (name: string, action: Partial<IRouteConfig['action']> = {}): IRouteConfig => ({
  name,
  match: { ports: 0 },
  action: { type: 'socket-handler', socketHandler: handler, ...action },
});
const code = (error: unknown): unknown => (error as { code?: unknown }).code;

tap.test('wrapRoutes clones, wraps socket handlers only, and leaves its input as it was', async () => {
  const routes = [
    route('a'),
    route('b', { type: 'forward', socketHandler: undefined, targets: [{ host: 'x', port: 1 }] }),
  ];
  const before = structuredClone(routes.map(({ name, match }) => ({ name, match })));
  const proxy = new MetricsAwareProxy();
  const wrapped = proxy.wrapRoutes(routes);
  assert.notEqual(wrapped[0], routes[0]);
  assert.notEqual(wrapped[0]?.action.socketHandler, handler);
  assert.equal(routes[0]?.action.socketHandler, handler);
  assert.deepEqual(wrapped[1], routes[1]);
  assert.deepEqual(
    routes.map(({ name, match }) => ({ name, match })),
    before,
  );
  expect(proxy.readings().routes).toEqual(['a']);
});

tap.test('a wrapped route is never wrapped twice; one that moved to another name is wrapped anew', async () => {
  const proxy = new MetricsAwareProxy();
  const [first] = proxy.wrapRoutes([route('a')]);
  assert.ok(first);
  const [second] = proxy.wrapRoutes([first]);
  assert.equal(second?.action.socketHandler, first.action.socketHandler);
  const opened: string[] = [];
  proxy.on('connection-open', (event) => void opened.push(event.routeName));
  const [moved] = proxy.wrapRoutes([{ ...first, name: 'b' }]);
  assert.notEqual(moved?.action.socketHandler, first.action.socketHandler);
  const socket = new net.Socket();
  void moved?.action.socketHandler?.(socket, {} as IRouteContext);
  expect(opened).toEqual(['b']);
  socket.destroy();
  await until(() => proxy.activeCount() === 0, 'the end');
});

tap.test('names: duplicates and reserved ones are refused where the user passes them', async () => {
  const proxy = new MetricsAwareProxy();
  assert.throws(
    () => proxy.wrapRoutes([route('a'), route('a')]),
    (error) => code(error) === 'ERR_ROUTE_DUPLICATE',
  );
  assert.throws(
    () => proxy.wrapRoutes([route('_overflow')]),
    (error) => code(error) === 'ERR_ROUTE_RESERVED',
  );
  assert.throws(
    () => proxy.wrapSocketHandler(handler, { routeName: '_unrouted' }),
    (error) => code(error) === 'ERR_ROUTE_RESERVED',
  );
  const unnamed: IRouteConfig = { match: { ports: 80 }, action: { type: 'socket-handler', socketHandler: handler } };
  proxy.wrapRoutes([unnamed, unnamed]);
  expect(proxy.readings().routes).toEqual(['80', '80#2']);
});

tap.test('wiring mistakes name the option, the rule and the value', async () => {
  const bad = (run: () => unknown, expected: string, ...words: string[]): void => {
    assert.throws(
      run,
      (error: Error) => code(error) === expected && words.every((word) => error.message.includes(word)),
    );
  };
  bad(() => new MetricsAwareProxy({ sampleIntervalMs: 5 }), 'ERR_OPTION_INVALID', 'sampleIntervalMs', '100', '5');
  bad(() => new MetricsAwareProxy({ interval: 5 } as never), 'ERR_OPTION_UNKNOWN', 'interval', 'sampleIntervalMs');
  bad(() => new MetricsAwareProxy('x' as never), 'ERR_OPTION_INVALID', '"x"');
  const proxy = new MetricsAwareProxy();
  bad(() => proxy.wrapSocketHandler('x' as never, { routeName: 'a' }), 'ERR_OPTION_INVALID', 'handler', 'function');
  bad(() => proxy.wrapSocketHandler(handler, { routeName: '' }), 'ERR_OPTION_INVALID', 'routeName');
  bad(
    () => proxy.wrapSocketHandler(handler, { routeName: 'a', base: 'x' as never }),
    'ERR_OPTION_INVALID',
    'base',
    'reemitted',
  );
  bad(() => proxy.wrapRoutes({} as never), 'ERR_OPTION_INVALID', 'routes', 'array');
  bad(() => proxy.attach(undefined as never), 'ERR_OPTION_INVALID', 'host', 'SmartProxy', 'undefined');
  bad(() => proxy.attach(net.createServer() as never), 'ERR_OPTION_INVALID', 'host', 'an object');
  bad(() => proxy.observeHttpServer(8080 as never), 'ERR_OPTION_INVALID', 'server', '8080');
  bad(() => proxy.on('connection-open', 'x' as never), 'ERR_OPTION_INVALID', 'listener', 'function', '"x"');
  await assert.rejects(proxy.start(), (error) => code(error) === 'ERR_NOT_ATTACHED');
});

tap.test('return value, this, arguments and exceptions pass through in the same turn', async () => {
  const proxy = new MetricsAwareProxy();
  const self = {};
  const failure = new Error('mine');
  const promise = Promise.resolve(7);
  const seen: unknown[] = [];
  const returns = proxy.wrapSocketHandler(
    function (this: unknown, ...parameters: unknown[]) {
      seen.push(this, parameters.length);
      return promise;
    },
    { routeName: 'a' },
  );
  const throws = proxy.wrapSocketHandler(
    (): never => {
      throw failure;
    },
    { routeName: 'a' },
  );
  const socket = new net.Socket();
  assert.equal((returns as (...p: unknown[]) => unknown).call(self, socket), promise);
  assert.deepEqual([seen[0] === self, seen[1]], [true, 1]);
  const other = new net.Socket();
  assert.throws(
    () => throws(other),
    (error) => error === failure,
  );
  // What is not a socket at all still reaches the handler.
  assert.equal((returns as (...p: unknown[]) => unknown).call(self, null, 2, 3), promise);
  assert.equal(seen[3], 3);
  expect(proxy.activeCount()).toEqual(2);
  const reasons: string[] = [];
  proxy.on('connection-close', (event) => void reasons.push(event.reason));
  socket.destroy();
  other.destroy();
  await until(() => proxy.activeCount() === 0, 'the end');
  expect(reasons.toSorted()).toEqual(['handler-error', 'server-destroy']);
});

tap.test('whoever reads from a handler or a listener finds both books alike', async () => {
  // A pass in between would tell of the bytes in two events.
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 60_000 });
  const manager = new MetricsManager();
  manager.observe(proxy);
  const broken: string[] = [];
  let reads = 0;
  const read = (): void => {
    reads++;
    const { invariants } = manager.getStats().self;
    for (const { ok, detail } of invariants) if (!ok) broken.push(String(detail));
  };
  for (const name of ['connection-open', 'traffic', 'connection-close', 'handler-error'] as const) proxy.on(name, read);
  const server = net.createServer(
    proxy.wrapSocketHandler(
      (socket: net.Socket) => {
        read();
        socket.end('bytes');
        socket.resume();
      },
      { routeName: 'a' },
    ),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.resume();
  client.end('x');
  await once(client, 'close');
  await until(() => proxy.activeCount() === 0, 'the end');
  expect(broken).toEqual([]);
  expect(reads).toEqual(4);
  server.close();
});

tap.test('a pass between the end of a socket and its close tells its bytes', async () => {
  const proxy = new MetricsAwareProxy();
  const told: string[] = [];
  proxy.on('traffic', (event) => void told.push(`traffic ${event.bytesIn} ${event.bytesOut}`));
  proxy.on('connection-close', (event) => void told.push(`close ${event.bytesIn} ${event.bytesOut} ${event.reaped}`));
  const closes: (() => void)[] = [];
  const server = net.createServer(
    proxy.wrapSocketHandler(
      (socket: net.Socket) => {
        socket.once('data', () => {
          socket.write('bye');
          socket.destroy();
          // A stand-in for the moments in which the loop has not come to the close yet.
          const emit = socket.emit.bind(socket) as (name: string | symbol, ...values: unknown[]) => boolean;
          socket.emit = (name: string | symbol, ...values: unknown[]) => {
            if (name === 'close') closes.push(() => emit(name, ...values));
            return name === 'close' || emit(name, ...values);
          };
        });
      },
      { routeName: 'a' },
    ),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  client.resume();
  client.write('hello');
  await once(client, 'close');
  await proxy.sweep();
  expect(told).toEqual(['traffic 5 3']);
  for (const close of closes) close();
  await until(() => proxy.activeCount() === 0, 'the end');
  expect(told).toEqual(['traffic 5 3', 'close 5 3 false']);
  server.close();
});

tap.test('on, once and off can be chained', async () => {
  const proxy = new MetricsAwareProxy();
  const listener = (): void => undefined;
  assert.equal(proxy.on('traffic', listener), proxy);
  assert.equal(proxy.once('traffic', listener), proxy);
  assert.equal(proxy.off('traffic', listener), proxy);
});

tap.test('a rejection nobody handles stays one; a host that handles it has it counted', async () => {
  const proxy = new MetricsAwareProxy();
  let errors = 0;
  proxy.on('handler-error', () => void errors++);
  const failing = async (): Promise<void> => {
    throw new Error('rejected');
  };
  const unhandled = once(process, 'unhandledRejection');
  const alone = proxy.wrapSocketHandler(failing, { routeName: 'a' });
  const first = new net.Socket();
  void alone(first);
  const [reason] = (await unhandled) as [Error];
  expect(reason.message).toEqual('rejected');
  expect(errors).toEqual(0);
  const [wrapped] = proxy.wrapRoutes([route('b', { socketHandler: failing })]);
  const second = new net.Socket();
  const result = wrapped?.action.socketHandler?.(second, {} as IRouteContext);
  assert.ok(result instanceof Promise);
  await assert.rejects(result);
  expect(errors).toEqual(1);
  first.destroy();
  second.destroy();
  await until(() => proxy.activeCount() === 0, 'the end');
});

tap.test('the context tells the client, the port and the domain; a mapped address is told as IPv4', async () => {
  const proxy = new MetricsAwareProxy();
  const opened: IConnectionOpenEvent[] = [];
  proxy.on('connection-open', (event) => void opened.push(event));
  const wrapped = proxy.wrapSocketHandler((_socket: net.Socket, _context: IRouteContext) => undefined, {
    routeName: 'a',
  });
  const socket = new net.Socket();
  const context: IRouteContext = {
    port: 443,
    domain: 'example.test',
    clientIp: '::ffff:192.0.2.9',
    serverIp: '',
    isTls: true,
    timestamp: 0,
    connectionId: 'host-1',
  };
  wrapped(socket, context);
  wrapped(socket, context); // handed on: still one connection
  expect(opened.length).toEqual(1);
  const { clientIp, port, domain, type, hostConnectionId } = opened[0] ?? ({} as IConnectionOpenEvent);
  expect({ clientIp, port, domain, type, hostConnectionId }).toEqual({
    clientIp: '192.0.2.9',
    port: 443,
    domain: 'example.test',
    type: 'tls',
    hostConnectionId: 'host-1',
  });
  socket.destroy();
  await until(() => proxy.activeCount() === 0, 'the end');
});

tap.test(
  'attach wraps later updateRoutes calls, reads forwarded routes, and detach restores every method',
  async () => {
    const host = new FakeSmartProxy({ routes: [] });
    const proxy = new MetricsAwareProxy();
    const original = host.updateRoutes;
    const listeners = host.eventNames().length;
    proxy.attach(host);
    assert.throws(
      () => proxy.attach(host),
      (error) => code(error) === 'ERR_ALREADY_ATTACHED',
    );
    assert.notEqual(host.updateRoutes, original);
    const target = net.createServer((socket) => socket.end('backend')).listen(0, '127.0.0.1');
    await once(target, 'listening');
    const closes: IConnectionCloseEvent[] = [];
    proxy.on('connection-close', (event) => void closes.push(event));
    await host.updateRoutes([
      route('hello', { socketHandler: (socket) => void socket.end('hello') }),
      route('away', {
        type: 'forward',
        socketHandler: undefined,
        targets: [{ host: '127.0.0.1', port: (target.address() as AddressInfo).port }],
      }),
    ]);
    await host.start();
    for (const name of ['hello', 'away']) {
      const client = net.connect(host.portOf(name), '127.0.0.1');
      client.end('x');
      client.resume();
      await once(client, 'close');
    }
    await until(() => closes.length === 1, 'the wrapped close');
    expect(closes[0]?.routeName).toEqual('hello');
    expect([closes[0]?.bytesIn, closes[0]?.bytesOut]).toEqual([1, 5]);
    expect(proxy.readings().routes).toEqual(['hello']);
    await until(() => proxy.readings().forwarded?.routes.length === 1, 'a reading of the forwarded route');
    const forwarded = proxy.readings().forwarded;
    expect(forwarded?.routes[0]?.name).toEqual('away');
    expect(forwarded?.routes[0]?.total).toEqual(null);
    assert.ok((forwarded?.staleSeconds ?? -1) >= 0);
    proxy.detach();
    assert.equal(host.updateRoutes, original);
    assert.equal(Object.hasOwn(host, 'updateRoutes'), false);
    assert.equal(host.eventNames().length, listeners);
    expect(proxy.readings().forwarded).toEqual(null);
    await host.stop();
    target.close();
  },
);

tap.test('somebody who wraps updateRoutes after us is left in place, and ours then only passes on', async () => {
  const host = new FakeSmartProxy({ routes: [] });
  const proxy = new MetricsAwareProxy();
  proxy.attach(host);
  const ours = host.updateRoutes.bind(host);
  const theirs = (routes: readonly IRouteConfig[]): Promise<void> => ours(routes);
  host.updateRoutes = theirs;
  proxy.detach();
  assert.equal(host.updateRoutes, theirs);
  await host.updateRoutes([route('a')]);
  assert.equal(host.settings.routes[0]?.action.socketHandler, handler);
});

tap.test('routes that an attached host is given are its to judge: nothing is thrown into it', async () => {
  const host = new FakeSmartProxy({ routes: [] });
  const proxy = new MetricsAwareProxy();
  proxy.attach(host);
  await host.updateRoutes([route('a'), route('a'), route('_retired')]);
  expect(proxy.readings().routes).toEqual(['a', 'route:_retired']);
  await host.updateRoutes([null] as never);
  assert.deepEqual(host.settings.routes, [null]);
  expect(proxy.readings().routes).toEqual(['a', 'route:_retired']);
  proxy.detach();
});

tap.test('metrics of a host: every part may be missing, throw, hang or be a promise', async () => {
  const readings: (() => unknown)[] = [
    () => undefined,
    () => ({}),
    () => ({ connections: {} }),
    () => ({ connections: { byRoute: () => ({}) }, throughput: { byRoute: () => 7 } }),
    () => {
      throw new Error('no metrics');
    },
    () => new Promise(() => undefined),
    () => Promise.reject(new Error('later')),
  ];
  for (const getMetrics of readings) {
    const proxy = new MetricsAwareProxy();
    proxy.attach({ start: async () => undefined, stop: async () => undefined, getMetrics });
    await new Promise((resolve) => setImmediate(resolve));
    expect(proxy.readings().forwarded?.routes).toEqual([]);
    await proxy.sweep();
    proxy.detach();
  }
  const proxy = new MetricsAwareProxy();
  const partly = {
    connections: {
      byRoute: () =>
        new Map<string, unknown>([
          ['a', 3],
          ['b', 'x'],
        ]),
    },
    throughput: {
      byRoute: () => {
        throw new Error('no throughput');
      },
    },
  };
  proxy.attach({ start: async () => undefined, stop: async () => undefined, getMetrics: async () => partly });
  await until(() => proxy.readings().forwarded?.routes.length === 2, 'the first reading');
  expect(proxy.readings().forwarded?.routes).toEqual([
    { name: 'a', active: 3, total: null, bytesInPerSecond: null, bytesOutPerSecond: null },
    { name: 'b', active: null, total: null, bytesInPerSecond: null, bytesOutPerSecond: null },
  ]);
  proxy.detach();
});

tap.test('an unrouted connection is one open and one close', async () => {
  const host = Object.assign(new EventEmitter(), {
    start: async () => undefined,
    stop: async () => undefined,
    pendingCount: () => 4,
  });
  const proxy = new MetricsAwareProxy();
  proxy.attach(host);
  const told: string[] = [];
  proxy.on('connection-open', (event) => void told.push(`open ${event.routeName}`));
  proxy.on('traffic', (event) => void told.push(`traffic ${event.bytesIn}`));
  proxy.on('connection-close', (event) => void told.push(`close ${event.reason} ${event.bytesIn}`));
  host.emit('unrouted', { clientIp: '192.0.2.1', port: 80, durationMs: 5, bytesIn: 12, reason: 'no-route' });
  host.emit('unrouted', { clientIp: null, port: 80, durationMs: 5, bytesIn: 0, reason: 'something new' });
  host.emit('unrouted', undefined);
  expect(told).toEqual(['open _unrouted', 'traffic 12', 'close no-route 12', 'open _unrouted', 'close unknown 0']);
  expect(proxy.readings().pending).toEqual(4);
  expect(proxy.activeCount()).toEqual(0);
  proxy.detach();
  expect(host.listenerCount('unrouted')).toEqual(0);
});

export default tap.start({ throwOnError: true });
