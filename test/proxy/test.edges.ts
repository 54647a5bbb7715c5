import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { tap } from '@push.rocks/tapbundle';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import { MetricsAwareProxy } from '../../ts/index.js';
import type { IClock } from '../../ts/interfaces/options.js';
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

export default tap.start({ throwOnError: true });
