import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { pattern } from '../contract/peers.js';
import { arrived } from '../contract/run.js';
import { until } from '../helpers/wait.js';
import { closed, HOSTS, type IScene, sameAsBare, times } from './rig.js';

const MANY = 30;
const [ASKED, SAID] = [1_000, 50_000];
const ignore = (): void => undefined;

/** Each client ends its side and stays; a third of the handlers then ends too, one is left by a reset, one destroys. */
const clientsEnd: IScene<unknown> = {
  firstChunk: true,
  serve: (rig) => (socket) => {
    socket.allowHalfOpen = true;
    socket.on('error', ignore);
    socket.on('data', (chunk: Buffer) => void (rig.taken += chunk.length));
  },
  play: async (rig) => {
    const clients = await Promise.all(times(MANY, () => rig.connect({ allowHalfOpen: true })));
    for (const { socket } of clients) socket.end(pattern(0, ASKED));
    await until(() => rig.handled.length === MANY, 'all to be handed over');
    await until(() => rig.handled.every(({ readableEnded }) => readableEnded), 'the ends of all clients');
    await rig.sweep();
    const before = rig.figures();
    // What is half-open still carries the other way.
    for (const socket of rig.handled) socket.write(pattern(0, SAID));
    await Promise.all(clients.map(({ peer, socket }) => arrived(peer, socket, SAID)));
    await rig.sweep();
    const after = rig.figures();
    if (rig.proxy !== null) {
      const shown = [before, after].map(({ active, halfOpen, sendQueue }) => [active, halfOpen, sendQueue]);
      assert.deepEqual(shown, Array(2).fill([MANY, MANY, 0]));
      assert.deepEqual([after.bytesIn, after.bytesOut], [MANY * ASKED, MANY * SAID]);
    }
    rig.handled.forEach((socket, index) => {
      if (index % 3 === 0) socket.end();
      else if (index % 3 === 1) socket.destroy();
    });
    await until(() => rig.handled.every((socket, index) => index % 3 === 2 || socket.closed), 'two thirds to end');
    // Nobody but a peer that goes away ends the last third: a word to it finds that out.
    for (const { socket } of clients) if (!socket.destroyed) socket.resetAndDestroy();
    const left = rig.handled.filter((socket) => !socket.closed);
    await until(() => {
      for (const socket of left) if (!socket.destroyed) socket.write('.', ignore);
      return left.every((socket) => socket.closed);
    }, 'the last third to end');
    return clients.map(({ peer }) => peer.bytes);
  },
};

/** Each handler ends its side first; the clients go on to send for a while. */
const handlersEnd: IScene<unknown> = {
  firstChunk: true,
  serve: (rig) => (socket) => {
    socket.allowHalfOpen = true;
    socket.on('error', ignore);
    socket.on('data', (chunk: Buffer) => void (rig.taken += chunk.length));
    socket.end(pattern(0, SAID));
  },
  play: async (rig) => {
    const clients = await Promise.all(times(MANY, () => rig.connect({ allowHalfOpen: true })));
    for (const { socket } of clients) socket.write(pattern(0, ASKED));
    await until(() => rig.taken === MANY * ASKED, 'what the clients said first');
    await until(() => clients.every(({ socket }) => socket.readableEnded), 'the ends of all handlers');
    await rig.sweep();
    const { active, halfOpen } = rig.figures();
    if (rig.proxy !== null) assert.deepEqual([active, halfOpen], [MANY, MANY]);
    for (const { socket } of clients) socket.end(pattern(ASKED, ASKED));
    await Promise.all(clients.map(({ socket }) => closed(socket)));
    await rig.handledAllClosed();
    return clients.map(({ peer }) => peer.transcript(false));
  },
};

for (const host of HOSTS) {
  tap.test(`${host.name}: ${MANY} clients that have ended and stay`, async () => {
    const { figures, rig } = await sameAsBare(host, clientsEnd);
    assert.deepEqual([figures.opened, figures.bytesIn, rig.taken], [MANY, MANY * ASKED, MANY * ASKED]);
    assert.ok(figures.bytesOut >= MANY * SAID, `${figures.bytesOut}`);
  });

  tap.test(`${host.name}: ${MANY} handlers that have ended, with clients that go on`, async () => {
    const { figures, rig } = await sameAsBare(host, handlersEnd);
    assert.deepEqual([figures.bytesIn, figures.bytesOut], [2 * MANY * ASKED, MANY * SAID]);
    assert.equal(rig.taken, 2 * MANY * ASKED);
  });
}

export default tap.start({ throwOnError: true });
