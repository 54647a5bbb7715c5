import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { once } from 'node:events';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { MetricsAwareProxy } from '../../ts/index.js';

/** What a handler's socket tells of its addresses once it has ended, and what the open event told of them. */
async function addressesAfterEnd(wrap: boolean): Promise<{ socket: unknown[]; told: unknown[]; port: number }> {
  const proxy = new MetricsAwareProxy();
  const told: unknown[] = [];
  proxy.on('connection-open', ({ clientIp, port }) => void told.push(clientIp, port));
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ended = new Promise<unknown[]>((resolve) => {
    const handler = (socket: net.Socket): void => {
      socket.on('close', () => resolve([socket.remoteAddress, socket.localPort]));
      socket.destroy();
    };
    server.on('connection', wrap ? proxy.wrapSocketHandler(handler, { routeName: 'a' }) : handler);
  });
  const client = net.connect(port, '127.0.0.1').on('error', () => undefined);
  const socket = await ended;
  client.destroy();
  server.close();
  return { socket, told, port };
}

tap.test('the address is told, and a socket tells of it after its end what it would tell without us', async () => {
  const bare = await addressesAfterEnd(false);
  const wrapped = await addressesAfterEnd(true);
  assert.deepEqual(wrapped.socket, bare.socket);
  assert.deepEqual(wrapped.told, ['127.0.0.1', wrapped.port]);
});

tap.test('a stream without a handle is asked itself', async () => {
  const proxy = new MetricsAwareProxy();
  const told: unknown[] = [];
  proxy.on('connection-open', ({ clientIp, port }) => void told.push(clientIp, port));
  const stream = Object.assign(new Duplex(), { remoteAddress: '192.0.2.7', localPort: 7 });
  proxy.wrapSocketHandler((given: Duplex) => void given.destroy(), { routeName: 'a' })(stream);
  await once(stream, 'close');
  assert.deepEqual(told, ['192.0.2.7', 7]);
});

export default tap.start({ throwOnError: true });
