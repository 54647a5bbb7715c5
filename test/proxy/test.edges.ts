import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, TLSSocket } from 'node:tls';
import { tap } from '@push.rocks/tapbundle';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import { MetricsAwareProxy } from '../../ts/index.js';
import type { IClock } from '../../ts/interfaces/options.js';
import { ForwardedPoller } from '../../ts/proxy/classes.forwardedpoller.js';
import { Visits } from '../../ts/proxy/classes.visits.js';
import { makeCertificate } from '../helpers/certificate.js';
import { FakeClock } from '../helpers/fakesource.js';
import { until } from '../helpers/wait.js';

const stream = (): Duplex => new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => void done() });

function opened(proxy: MetricsAwareProxy, count: number): Duplex[] {
  const wrapped = proxy.wrapSocketHandler((_socket: Duplex) => undefined, { routeName: 'web' });
  return Array.from({ length: count }, () => {
    const socket = stream();
    wrapped(socket);
    return socket;
  });
}

tap.test('a sweep that is asked for during a pass follows it at once, however long the interval', async () => {
  // Each look at it is later than a slice may last: the pass pauses after its first batch.
  let ms = 0;
  const clock: IClock = { now: () => (ms += 2), wall: () => 0 };
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 60_000, clock });
  const sockets = opened(proxy, 100);
  const ended: string[] = [];
  void proxy.sweep().then(() => ended.push('first'));
  await new Promise((resolve) => setImmediate(resolve));
  void proxy.sweep().then(() => ended.push('second'));
  assert.deepEqual(ended, [], 'the pass is not over');
  await until(() => ended.length === 2, 'both sweeps');
  assert.deepEqual(ended, ['first', 'second']);
  for (const socket of sockets) socket.destroy();
});

tap.test('times of a connection are those of its clock: opened, closed, shown while open', async () => {
  const clock = new FakeClock(5_000_000);
  const proxy = new MetricsAwareProxy({ clock });
  const told: [string, number][] = [];
  proxy.on('connection-open', ({ timestamp }) => void told.push(['open', timestamp]));
  proxy.on('connection-close', ({ timestamp, duration }) => void told.push(['close', timestamp], ['lasted', duration]));
  clock.advance(100);
  const [socket] = opened(proxy, 1);
  clock.advance(250);
  await proxy.visitOpen(({ openedAt }) => void told.push(['shown', openedAt]));
  socket?.destroy();
  await until(() => told.length === 4, 'the end');
  assert.deepEqual(told, [
    ['open', 5_000_100],
    ['shown', 5_000_100],
    ['close', 5_000_350],
    ['lasted', 250],
  ]);
});

tap.test('a request that is read before the handler has returned comes after its connection', async () => {
  const proxy = new MetricsAwareProxy();
  const events: string[] = [];
  for (const name of ['connection-open', 'request-start', 'request'] as const) {
    proxy.on(name, () => void events.push(name));
  }
  const server = createHttpServer((_request, response) => response.end('hello'));
  proxy.observeHttpServer(server);
  const handler = proxy.wrapSocketHandler(
    (socket: net.Socket) => {
      server.emit('connection', socket);
      // As hosts do with what they have read already.
      socket.emit('data', Buffer.from('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'));
      events.push('returned');
    },
    { routeName: 'web', base: 'reemitted' },
  );
  const listener = net.createServer((socket) => void handler(socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const client = net.connect((listener.address() as AddressInfo).port, '127.0.0.1');
  client.resume();
  await until(() => events.includes('request') && client.closed, 'the answer');
  assert.deepEqual(events, ['connection-open', 'request-start', 'returned', 'request']);
  listener.close();
});

tap.test("an attached host's own counters are in the readings, and gone with it", async () => {
  const proxy = new MetricsAwareProxy();
  const host = new EmbeddedProxy({ routes: [] });
  assert.equal(proxy.readings().host, null);
  proxy.attach(host);
  assert.deepEqual(proxy.readings().host, host.getHostCounters());
  assert.equal(proxy.readings().pending, 0);
  proxy.detach();
  assert.equal(proxy.readings().host, null);
  assert.equal(proxy.readings().pending, null);
});

tap.test('one that is half open and still is told of once', async () => {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 60_000 });
  const told: boolean[] = [];
  proxy.on('traffic', ({ halfOpen }) => void told.push(halfOpen));
  const [socket] = opened(proxy, 1);
  socket?.push(null);
  socket?.resume();
  await until(() => socket?.readableEnded === true, 'its end');
  for (let pass = 0; pass < 3; pass++) await proxy.sweep();
  assert.deepEqual(told, [true]);
  socket?.destroy();
});

tap.test('a socket that never tells of its end is ended by the second pass', async () => {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 60_000 });
  const reaped: boolean[] = [];
  proxy.on('connection-close', (event) => void reaped.push(event.reaped));
  const silent = new Duplex({ emitClose: false, read: () => undefined });
  proxy.wrapSocketHandler((_socket: Duplex) => undefined, { routeName: 'web' })(silent);
  silent.destroy();
  await proxy.sweep();
  assert.deepEqual(reaped, []);
  await proxy.sweep();
  assert.deepEqual(reaped, [true]);
  assert.equal(proxy.activeCount(), 0);
});

tap.test('requests in TLS that a handler ends itself are those of its connection', async () => {
  const proxy = new MetricsAwareProxy();
  const requests: string[] = [];
  proxy.on('request', ({ routeName }) => void requests.push(routeName));
  const server = createHttpServer((_request, response) => response.setHeader('connection', 'close').end('hello'));
  proxy.observeHttpServer(server);
  const certificate = makeCertificate('localhost');
  const handler = proxy.wrapSocketHandler(
    (socket: net.Socket) => void server.emit('connection', new TLSSocket(socket, { isServer: true, ...certificate })),
    { routeName: 'own-tls' },
  );
  const listener = net.createServer((socket) => void handler(socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  client.resume();
  await until(() => requests.length > 0 && client.closed, 'the answer');
  assert.deepEqual(requests, ['own-tls']);
  listener.close();
});

tap.test('bytes of a connection that no route had are what it sent, and nothing else', async () => {
  const proxy = new MetricsAwareProxy();
  const host = Object.assign(new EventEmitter(), { start: async () => undefined, stop: async () => undefined });
  const before = Reflect.ownKeys(host);
  proxy.attach(host);
  assert.deepEqual(Reflect.ownKeys(host).filter((key) => !before.includes(key)), [], 'no method that it had not'); // prettier-ignore
  const told: object[] = [];
  proxy.on('traffic', (event) => void told.push({ ...event, connectionId: 0 }));
  host.emit('unrouted', { clientIp: '192.0.2.1', port: 80, durationMs: 5, bytesIn: 12, reason: 'no-route' });
  const shared = { connectionId: 0, routeName: '_unrouted', clientIp: '192.0.2.1' };
  assert.deepEqual(told, [{ ...shared, bytesIn: 12, bytesOut: 0, sendQueue: 0, halfOpen: false }]);
  proxy.detach();
});

tap.test('when a record was visited last stays known when the table grows', async () => {
  const visits = new Visits(1_000);
  const size = 8_192;
  for (let index = 0; index < size; index++) visits.add(index);
  for (let pass = 1; pass <= 3; pass++) {
    visits.begin(pass * 1_000, size, false);
    for (let index = size - 1; index >= 0; index--) if (visits.isDue(index)) visits.visited(index, false);
  }
  visits.add(size);
  visits.begin(4_000, size + 1, false);
  for (let index = size; index >= 0; index--) if (visits.isDue(index)) visits.visited(index, false);
  assert.ok(visits.knownUntil >= 1_000, `${visits.knownUntil}`);
});

tap.test('a poller that was stopped polls again when it is started again', async () => {
  let asked = 0;
  const poller = new ForwardedPoller(() => void asked++, () => new Set(), new FakeClock()); // prettier-ignore
  poller.start();
  poller.start();
  await until(() => asked === 1, 'the first poll');
  await new Promise((resolve) => setImmediate(resolve));
  poller.stop();
  poller.start();
  await until(() => asked === 2, 'a poll after the new start');
  poller.stop();
});

export default tap.start({ throwOnError: true });
