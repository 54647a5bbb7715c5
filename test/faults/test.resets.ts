import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { pattern, Peer } from '../contract/peers.js';
import { arrived } from '../contract/run.js';
import { listening } from '../helpers/hosts/host.js';
import { until } from '../helpers/wait.js';
import { MetricsAwareProxy } from '../../ts/index.js';
import { closed, HOSTS, type IScene, type Rig, sameAsBare, times } from './rig.js';

const [WAVES, IN_A_WAVE, STEADY] = [6, 40, 3];
const REPLY = 200_000;
const EXCHANGES = 20;

/** Resets: as soon as it is connected, with a question under way, or in the midst of the answer. */
async function resets(rig: Rig, kind: number): Promise<void> {
  const { socket } = await rig.connect();
  if (kind > 0) socket.write(pattern(0, 100));
  if (kind === 2) await Promise.race([once(socket, 'data'), closed(socket)]);
  socket.resetAndDestroy();
}

/** Asks and reads, again and again, beside the flood. */
async function steady(rig: Rig): Promise<string> {
  const { socket, peer } = await rig.connect();
  for (let turn = 1; turn <= EXCHANGES; turn++) {
    socket.write(pattern(0, 100));
    await arrived(peer, socket, turn * REPLY);
  }
  socket.end();
  await closed(socket);
  return peer.transcript(false);
}

const flood: IScene<string[]> = {
  firstChunk: true,
  serve: (rig) => (socket) => {
    const peer = new Peer();
    peer.watch(socket);
    let replies = 0;
    socket.on('data', (chunk: Buffer) => {
      rig.taken += chunk.length;
      for (; replies < Math.floor(peer.bytes / 100); replies++) {
        rig.written += REPLY;
        socket.write(pattern(replies * REPLY, REPLY));
      }
    });
  },
  play: async (rig) => {
    const served = times(STEADY, () => steady(rig));
    for (let wave = 0; wave < WAVES; wave++) {
      await Promise.all(times(IN_A_WAVE, (index) => resets(rig, index % 3)));
      await rig.sweep();
    }
    const transcripts = await Promise.all(served);
    await rig.handledAllClosed();
    return transcripts;
  },
};

for (const host of HOSTS) {
  tap.test(`${host.name}: ${WAVES * IN_A_WAVE} resets, and those who are served beside them`, async () => {
    const { figures, rig } = await sameAsBare(host, flood);
    assert.ok(figures.opened >= STEADY, `${figures.opened}`);
    const sent = STEADY * EXCHANGES * 100;
    assert.ok(rig.taken <= figures.bytesIn && sent <= rig.taken, JSON.stringify(figures));
    assert.ok(STEADY * EXCHANGES * REPLY <= figures.bytesOut && figures.bytesOut <= rig.written, `${figures.bytesOut}`);
  });
}

tap.test('what a client said before a reset counts, though the reset comes before the hand-over', async () => {
  const proxy = new MetricsAwareProxy();
  const told: unknown[] = [];
  proxy.on('connection-close', ({ bytesIn, bytesOut }) => void told.push(bytesIn, bytesOut));
  const handler = proxy.wrapSocketHandler((socket: net.Socket) => void socket.destroy(), {
    routeName: 'a',
    base: 'reemitted',
  });
  const server = net.createServer((socket) => {
    // As a host that looks at the first chunk, and is slow about it.
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      client.resetAndDestroy();
      const gone = until(() => socket.remoteAddress === undefined, 'the reset');
      void gone.then(() => {
        handler(socket);
        socket.emit('data', chunk);
      });
    });
  });
  const client = net.connect(await listening(server), '127.0.0.1').on('error', () => undefined);
  client.write('hello');
  await until(() => told.length > 0, 'its end');
  assert.deepEqual(told, [5, 0]);
  server.close();
});

export default tap.start({ throwOnError: true });
