import * as assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { tap } from '@push.rocks/tapbundle';
import { message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import { FrontBench, LOOPBACK } from './support.js';

const bound = (address: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4').once('error', reject);
    socket.bind(0, address, () => resolve(socket));
  });

tap.test('each query is told with the client that sent it, whoever asked before', async () => {
  const bench = await FrontBench.open({}, { cache: {} });
  // All of 127.0.0.0/8 is this machine.
  const clients = new Map<string, Socket>();
  for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.22']) clients.set(address, await bound(address));
  const expected: string[] = [];
  let [answers, id] = [0, 0];
  for (const socket of clients.values()) socket.on('message', () => void answers++);
  for (const address of ['127.0.0.2', '127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.22', '127.0.0.22', '127.0.0.3']) {
    clients.get(address)?.send(message(++id, [[`n${id % 2}.test`, 1]]), bench.udp, LOOPBACK);
    expected.push(address);
    await until(() => answers === id, 'the answer');
  }
  assert.deepEqual(
    bench.seen.received.map(({ clientIp }) => clientIp),
    expected,
  );
  for (const socket of clients.values()) socket.close();
  await bench.settled();
  await bench.close();
});

export default tap.start({ throwOnError: true });
