import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { once } from 'node:events';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MetricsAwareProxy } from '../../ts/index.js';
import { SharedAddresses } from '../../ts/proxy/classes.sharedaddresses.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

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

tap.test('connections of one client hold one string, and every one the right text', async () => {
  const addresses = new SharedAddresses();
  const [clients, connections] = [500, 200_000];
  const text = (index: number): string => `192.0.2.${index % clients}`;
  const held = new Array<string>(connections).fill('');
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < connections; index++) {
    // As a socket gives it: a new string each time.
    held[index] = addresses.share(Buffer.from(text(index)).toString());
  }
  collect();
  const bytes = (process.memoryUsage().heapUsed - before) / connections;
  for (const [index, address] of held.entries()) assert.equal(address, text(index));
  // 32 each where nothing is shared; clients that meet in one place share nothing.
  assert.ok(bytes < 24, `${bytes} bytes each`);
});

tap.test('what is no address is not kept, and is told as it is', async () => {
  const addresses = new SharedAddresses();
  const long = 'x'.repeat(1_000_000);
  for (const address of ['', ':', '2001:db8::1', long]) assert.equal(addresses.share(address), address);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 200; index++) addresses.share(Buffer.alloc(100_000, `${index}:`).toString('latin1'));
  collect();
  const kept = process.memoryUsage().heapUsed - before;
  assert.ok(kept < 5_000_000, `${kept} bytes`);
});

export default tap.start({ throwOnError: true });
