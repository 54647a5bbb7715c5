import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { pattern } from '../contract/peers.js';
import { arrived } from '../contract/run.js';
import { until } from '../helpers/wait.js';
import { closed, HOSTS, type IScene, sameAsBare, times } from './rig.js';

const MIB = 1024 * 1024;
const QUEUED = 20 * MIB;
const READERS = 3;

/** Each reader stops after the first bytes, with 20 MB written to it, and takes the rest much later. */
const slow: IScene<string[]> = {
  firstChunk: true,
  serve: (rig) => (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk: Buffer) => {
      rig.taken += chunk.length;
      for (let offset = 0; offset < QUEUED; offset += MIB) {
        rig.written += MIB;
        socket.write(pattern(offset, MIB));
      }
      socket.end();
    });
  },
  play: async (rig) => {
    const clients = await Promise.all(times(READERS, () => rig.connect()));
    for (const { socket, peer } of clients) {
      socket.write('x');
      await arrived(peer, socket, 1);
      socket.pause();
    }
    await until(() => rig.written === READERS * QUEUED, 'all to be written');
    let before = 0;
    for (let look = 0; look < 3; look++) {
      await rig.sweep();
      if (rig.proxy === null) continue;
      const { bytesOut, sendQueue, active } = rig.figures();
      assert.equal(active, READERS);
      assert.ok(sendQueue > 0, 'something is queued');
      assert.equal(bytesOut + sendQueue, rig.written, 'what has gone out and what is queued is what was written');
      assert.ok(bytesOut >= before, 'a counter never falls');
      before = bytesOut;
    }
    for (const { socket } of clients) socket.resume();
    await Promise.all(clients.map(({ socket }) => closed(socket)));
    await rig.handledAllClosed();
    return clients.map(({ peer }) => peer.transcript(false));
  },
};

for (const host of HOSTS) {
  tap.test(`${host.name}: ${READERS} readers with 20 MB queued for each, taken in the end`, async () => {
    const { figures } = await sameAsBare(host, slow);
    assert.deepEqual([figures.bytesIn, figures.bytesOut], [READERS, READERS * QUEUED]);
  });
}

export default tap.start({ throwOnError: true });
