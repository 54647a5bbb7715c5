import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { pattern } from '../contract/peers.js';
import type { THandler } from '../helpers/hosts/host.js';
import { until } from '../helpers/wait.js';
import { closed, HOSTS, type IScene, type Rig, sameAsBare, times } from './rig.js';

const MANY = 40;
const ignore = (): void => undefined;

interface IFailing {
  readonly name: string;
  /** A host may read a first chunk before it hands over; where it gives it to handlers that are done, these wait for it. */
  readonly firstChunk: boolean;
  /** Bytes of each client, which speaks first; none where what is read of them before the failure is chance. */
  readonly sends: number;
  /** Errors told for each connection, where the host takes rejections and where it does not. */
  readonly errors: readonly [taken: number, left: number];
  handler(rig: Rig): THandler;
}

const failing: readonly IFailing[] = [
  {
    name: 'throw',
    firstChunk: false,
    sends: 0,
    errors: [1, 1],
    handler: () => () => {
      throw new Error('at once');
    },
  },
  {
    name: 'throw after a reply',
    firstChunk: false,
    sends: 0,
    errors: [1, 1],
    handler: () => (socket) => {
      socket.on('error', ignore);
      socket.write('a word before');
      throw new Error('after a reply');
    },
  },
  {
    name: 'reject',
    firstChunk: false,
    sends: 0,
    errors: [1, 0],
    handler: () => () => Promise.reject(new Error('rejected')),
  },
  {
    name: 'reject later',
    firstChunk: false,
    sends: 1_000,
    errors: [1, 0],
    handler: (rig) => async (socket) => {
      socket.on('error', ignore);
      let taken = 0;
      await new Promise<void>((resolve) => {
        socket.on('data', (chunk: Buffer) => {
          rig.taken += chunk.length;
          taken += chunk.length;
          if (taken === 1_000) resolve();
        });
      });
      throw new Error('later');
    },
  },
  {
    name: 'destroy',
    firstChunk: true,
    sends: 1_000,
    errors: [0, 0],
    handler: (rig) => (socket) => {
      let taken = 0;
      socket.on('data', (chunk: Buffer) => {
        rig.taken += chunk.length;
        taken += chunk.length;
        if (taken === 1_000) socket.destroy();
      });
    },
  },
  {
    name: 'destroy with an error',
    firstChunk: true,
    sends: 1_000,
    errors: [0, 0],
    handler: (rig) => (socket) => {
      socket.on('error', ignore);
      let taken = 0;
      socket.on('data', (chunk: Buffer) => {
        rig.taken += chunk.length;
        taken += chunk.length;
        if (taken === 1_000) socket.destroy(new Error('of the handler'));
      });
    },
  },
];

const scene = (kind: IFailing): IScene<unknown> => ({
  firstChunk: kind.firstChunk,
  serve: (rig) => kind.handler(rig),
  play: async (rig) => {
    const clients = await Promise.all(
      times(MANY, async () => {
        const client = await rig.connect();
        if (kind.sends > 0) client.socket.write(pattern(0, kind.sends));
        return client;
      }),
    );
    await Promise.all(clients.map(({ socket }) => closed(socket)));
    await rig.handledAllClosed();
    return clients.map(({ peer }) => peer.transcript(false)).toSorted();
  },
});

for (const host of HOSTS) {
  for (const kind of failing) {
    tap.test(`${host.name}: ${MANY} handlers at once that ${kind.name}`, async () => {
      const { figures, rig } = await sameAsBare(host, scene(kind));
      assert.equal(figures.opened, MANY);
      assert.equal(figures.handlerErrors, MANY * kind.errors[host.takesRejections ? 0 : 1]);
      assert.equal(figures.bytesIn, MANY * kind.sends);
      assert.equal(rig.taken, MANY * kind.sends);
    });
  }

  tap.test(`${host.name}: ${MANY} handlers that hang: each connection stays open until its client goes`, async () => {
    const hanging: IScene<unknown> = {
      firstChunk: true,
      serve: () => (socket) => {
        socket.on('error', ignore);
        return new Promise(ignore);
      },
      play: async (rig) => {
        const clients = await Promise.all(times(MANY, () => rig.connect()));
        for (const { socket } of clients) socket.write('is anybody there?');
        await until(() => rig.handled.length === MANY, 'all to be handed over');
        // A host that hands over paused sockets never sees an end: nobody reads.
        await rig.sweep();
        const open = rig.handled.filter(({ destroyed }) => !destroyed).length;
        if (rig.proxy !== null) assert.equal(rig.figures().active, open);
        for (const { socket } of clients) socket.resetAndDestroy();
        for (const socket of rig.handled) socket.resume();
        await rig.handledAllClosed();
        return [open, ...clients.map(({ peer }) => peer.transcript(false))];
      },
    };
    const { figures } = await sameAsBare(host, hanging);
    assert.deepEqual([figures.opened, figures.handlerErrors], [MANY, 0]);
  });
}

export default tap.start({ throwOnError: true });
