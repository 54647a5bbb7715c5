import assert from 'node:assert/strict';
import * as http from 'node:http';
import { tap } from '@push.rocks/tapbundle';
import { type MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import type { IProxyEvents } from '../../ts/interfaces/events.js';
import { until } from '../helpers/wait.js';
import { closed, holds, HOSTS, type IScene, type Rig, sameAsBare, times } from './rig.js';

const CLIENTS = 10;
const EVENTS = [
  'connection-open',
  'connection-upgrade',
  'request-start',
  'request',
  'traffic',
  'connection-close',
  'handler-error',
] as const satisfies readonly (keyof IProxyEvents)[];

class Unprintable extends Error {
  override toString(): string {
    throw new Error('not even this');
  }
}

class BrokenPromise extends Promise<void> {
  override catch(): never {
    throw new Error('no catch');
  }
}

type TListener = (event: object) => void | Promise<void>;

/** Each of them fails once for each event that it is told. */
const FAILING: readonly TListener[] = [
  () => {
    throw new Error('a listener throws');
  },
  () => {
    throw new Unprintable('a listener throws what cannot be shown');
  },
  () => Promise.reject(new Error('a listener rejects')),
  async () => {
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error('a listener rejects later');
  },
  () => new BrokenPromise(() => undefined),
];

/** These do not fail; they do what a listener should not. */
const misbehaving = (proxy: MetricsAwareProxy, rig: Rig): readonly TListener[] => [
  (event) => {
    // What it is told is its own to spoil: nobody's figures come from it.
    for (const key of Object.keys(event)) Reflect.set(event, key, Number.NaN);
  },
  () => void rig.manager.getStats(),
  () => void proxy.sweep(),
  () => {
    const late: TListener = () => undefined;
    proxy.on('traffic', late).off('traffic', late);
  },
];

let heard = 0;
/** Observes after all those have subscribed, and is told before them all the same. */
let late = new MetricsManager();

/** Requests on connections that are kept, an answer that is cut off, and an upgrade. */
const scene: IScene<string[]> = {
  firstChunk: true,
  listenersFail: true,
  serve: (rig) => {
    const { proxy } = rig;
    const server = http.createServer((request, response) => {
      if (request.url === '/cut') response.write('begun');
      else response.end('answer'.repeat(1_000));
    });
    server.on('upgrade', (_request, socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => void socket.write(chunk));
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    });
    if (proxy !== null) {
      heard = 0;
      proxy.observeHttpServer(server);
      for (const event of EVENTS) {
        proxy.on(event, () => void heard++);
        for (const listener of [...FAILING, ...misbehaving(proxy, rig)]) proxy.on(event, listener);
      }
      late = new MetricsManager();
      late.observe(proxy);
    }
    return (socket) => {
      socket.on('error', () => undefined);
      server.emit('connection', socket);
    };
  },
  // Each waits for its answer, and fails without it.
  play: async (rig) => {
    const clients = await Promise.all(times(CLIENTS, () => rig.connect()));
    for (const [index, { socket }] of clients.entries()) {
      const extra = index % 3 === 2 ? 'Connection: Upgrade\r\nUpgrade: echo\r\n' : '';
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      const ask = async (path: string, answer: RegExp): Promise<void> => {
        socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${extra}\r\n`);
        await until(() => answer.test(text), 'the answer');
      };
      if (index % 3 === 0) {
        await ask('/', /(answer){1000}$/);
        text = '';
        await ask('/', /(answer){1000}$/);
      } else await ask('/cut', index % 3 === 2 ? / 101 / : /begun/);
      await rig.sweep();
      socket.destroy();
      await closed(socket);
    }
    await rig.handledAllClosed();
    return clients.map(({ peer }) => peer.ends.join());
  },
};

for (const host of HOSTS) {
  tap.test(`${host.name}: listeners that throw, reject, spoil what they are told, and read`, async () => {
    const { figures, rig } = await sameAsBare(host, scene);
    const failures = rig.proxy?.readings().listenerErrors;
    assert.ok(heard > 5 * CLIENTS, `${heard} events`);
    assert.equal(failures, heard * FAILING.length);
    assert.equal(figures.opened, CLIENTS);
    assert.deepEqual(late.getStats().proxy?.bytesOut, rig.manager.getStats().proxy?.bytesOut);
    holds(late);
    const { events } = rig.manager.getStats().self;
    assert.equal(
      EVENTS.reduce((sum, event) => sum + (events[event] ?? 0), 0),
      heard,
    );
  });
}

export default tap.start({ throwOnError: true });
