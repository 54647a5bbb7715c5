import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { once } from 'node:events';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { MetricsAwareProxy } from '../../ts/index.js';
import type { IConnectionCloseEvent } from '../../ts/interfaces/events.js';
import { Connection } from '../../ts/proxy/classes.connection.js';

/** How a connection ended whose handler is this one; the client sends a word and answers one. */
async function endOf(handler: (socket: net.Socket) => void): Promise<IConnectionCloseEvent> {
  // No pass comes in between.
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 60_000 });
  const end = new Promise<IConnectionCloseEvent>((resolve) => proxy.on('connection-close', resolve));
  const server = net.createServer(proxy.wrapSocketHandler(handler, { routeName: 'a' })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  client.write('word');
  client.once('data', () => void client.write('answer'));
  const told = await end;
  client.destroy();
  server.close();
  return told;
}

tap.test('a time-out after all that came is the reason of the end, also where no pass has seen it come', async () => {
  const { reason, bytesIn } = await endOf((socket) => {
    socket.once('data', () => void socket.setTimeout(20, () => socket.destroy()));
  });
  assert.deepEqual([reason, bytesIn], ['idle-timeout', 4]);
});

tap.test('a time-out after which something came is not', async () => {
  const { reason, bytesIn } = await endOf((socket) => {
    socket.once('data', () => {
      socket.once('timeout', () => {
        socket.setTimeout(0);
        socket.once('data', () => socket.destroy());
        socket.write('are you there?');
      });
      socket.setTimeout(20);
    });
  });
  assert.deepEqual([reason, bytesIn], ['server-destroy', 10]);
});

tap.test('what came before a time-out is told with it, so that it is not taken for later', async () => {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 60_000 });
  const told: number[] = [];
  proxy.on('traffic', ({ bytesIn }) => void told.push(bytesIn));
  const stream = Object.assign(new Duplex({ read: () => undefined }), { bytesRead: 0, bytesWritten: 0 });
  proxy.wrapSocketHandler((_given: Duplex) => undefined, { routeName: 'a' })(stream);
  stream.bytesRead = 7;
  stream.emit('timeout');
  stream.emit('timeout');
  assert.deepEqual(told, [7]);
  stream.destroy();
});

tap.test('when it was opened is known to the microsecond, whatever else changes', async () => {
  const identity = {
    id: 1,
    hostConnectionId: undefined,
    routeName: 'a',
    clientIp: null,
    domain: undefined,
    port: null,
  };
  for (const openedAt of [0, 0.25, 12_345.678, 999.999, 3_000_000_000.5, -0.5]) {
    const connection = new Connection(
      { ...identity, type: 'https', openedAt, timestamp: 1 },
      new Duplex() as never,
      'unshifted',
    );
    const near = (): void => {
      const behind = openedAt - connection.openedAt;
      assert.ok(behind >= 0 && behind < 0.0011, `${openedAt}: ${connection.openedAt}`);
    };
    near();
    assert.deepEqual([connection.type, connection.told, connection.timedOut], ['https', false, false]);
    connection.type = 'tcp';
    connection.setShownIn(2_000);
    for (const flag of [
      'told',
      'halfOpen',
      'handlerFailed',
      'serverEndedFirst',
      'seenDestroyed',
      'timedOut',
    ] as const) {
      assert.equal(connection[flag], false, flag);
      connection[flag] = true;
      near();
    }
    assert.deepEqual([connection.type, connection.isShownIn(2_000)], ['tcp', true]);
    connection.timedOut = false;
    assert.deepEqual([connection.timedOut, connection.seenDestroyed], [false, true]);
    near();
  }
});

tap.test('a stream whose counters throw keeps its time-out from nobody', async () => {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 60_000 });
  const stream = new Duplex({ read: () => undefined });
  let gone = false;
  const count = (): number => {
    if (gone) throw new Error('the carrier has gone');
    return 0;
  };
  Object.defineProperties(stream, { bytesRead: { get: count }, bytesWritten: { get: count } });
  let told = false;
  proxy.wrapSocketHandler((_given: Duplex) => undefined, { routeName: 'a' })(stream);
  stream.once('timeout', () => (told = true));
  gone = true;
  stream.emit('timeout');
  assert.ok(told);
  gone = false;
  stream.destroy();
});

tap.test('a time-out is no reason of the end where no counter tells whether something came after it', async () => {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 60_000 });
  const end = new Promise<IConnectionCloseEvent>((resolve) => proxy.on('connection-close', resolve));
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => void done() });
  proxy.wrapSocketHandler((_given: Duplex) => undefined, { routeName: 'a' })(stream);
  stream.emit('timeout');
  stream.resume().push(null);
  stream.end();
  assert.notEqual((await end).reason, 'idle-timeout');
});

tap.test('what the host did with a socket before its handler got it is not of the connection', async () => {
  for (const [base, bytesIn] of [
    // 100 were read, 30 of them put back for the handler; 10 came since.
    ['unshifted', 40],
    // The handler gets all of it again.
    ['reemitted', 110],
  ] as const) {
    const proxy = new MetricsAwareProxy({ sampleIntervalMs: 60_000 });
    const end = new Promise<IConnectionCloseEvent>((resolve) => proxy.on('connection-close', resolve));
    const stream = Object.assign(new Duplex({ read: () => undefined }), {
      bytesRead: 100,
      bytesWritten: 50,
      localPort: 443,
    });
    stream.push(Buffer.alloc(30));
    proxy.wrapSocketHandler((_given: Duplex) => undefined, { routeName: 'a', base })(stream);
    stream.bytesRead += 10;
    stream.bytesWritten += 5;
    stream.destroy();
    const close = await end;
    assert.deepEqual([close.bytesIn, close.bytesOut], [bytesIn, 5], base);
  }
});

export default tap.start({ throwOnError: true });
