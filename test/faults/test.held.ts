import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import type { IRouteConfig } from '../../ts/interfaces/smartproxy.js';
import { Connection as LiveRecord } from '../../ts/manager/classes.connection.js';
import { Connection } from '../../ts/proxy/classes.connection.js';
import { TrackedRequest } from '../../ts/proxy/classes.httpobserver.js';
import { FakeSmartProxy } from '../helpers/hosts/fakesmartproxy.js';
import { makeCertificate } from '../helpers/certificate.js';
import type { ITestHost, THandler } from '../helpers/hosts/host.js';
import { until } from '../helpers/wait.js';
import { heldAtMost, inHeap, type TClass } from './held.js';
import { HOSTS, times } from './rig.js';

const MANY = 6;
const ignore = (): void => undefined;

/** A mark, so that nobody else's sockets, contexts and closures are counted. */
class Mark {
  readonly of: string;

  constructor(of: string) {
    this.of = of;
  }
}
const RECORDS: readonly TClass[] = [Connection, LiveRecord, TrackedRequest];

interface IEnding {
  readonly name: string;
  readonly firstChunk: boolean;
  handle(socket: net.Socket): void | Promise<void>;
  end(client: net.Socket): void;
}

const echo = (socket: net.Socket): void => void socket.on('error', ignore).on('data', (chunk) => socket.write(chunk));
const nothing = (): void => undefined;

const endings: readonly IEnding[] = [
  { name: 'the client ends', firstChunk: true, handle: echo, end: (client) => void client.end() },
  { name: 'the client resets', firstChunk: true, handle: echo, end: (client) => void client.resetAndDestroy() },
  {
    name: 'the handler destroys',
    firstChunk: true,
    handle: (socket) => void socket.on('error', ignore).on('data', () => socket.destroy()),
    end: nothing,
  },
  {
    name: 'the handler throws',
    firstChunk: false,
    handle: (socket) => {
      socket.on('error', ignore);
      throw new Error('thrown');
    },
    end: nothing,
  },
  {
    name: 'the handler rejects',
    firstChunk: false,
    handle: async (socket) => {
      socket.on('error', ignore);
      await Promise.resolve();
      throw new Error('rejected');
    },
    end: nothing,
  },
  {
    name: 'the handler hangs',
    firstChunk: true,
    handle: (socket) => {
      socket.on('error', ignore).resume();
      return new Promise(ignore);
    },
    end: (client) => void client.resetAndDestroy(),
  },
];

/** Marks what a connection consists of, and serves it. */
function marked(handle: IEnding['handle'], seen: { count: number; closed: number }): THandler {
  return (socket, context) => {
    const mark = new Mark('closure');
    seen.count++;
    Object.assign(socket, { mark: new Mark('socket') });
    if (context !== undefined) Object.assign(context, { mark: new Mark('context') });
    // Part of what its handler leaves behind in the socket.
    socket.on('close', () => void (seen.closed += mark.of === 'closure' ? 1 : 0));
    return handle(socket);
  };
}

/** Plays all endings of a host, which still runs when it returns, with its observers. */
async function play(host: ITestHost, wrap: boolean): Promise<() => Promise<void>> {
  const closing: (() => Promise<void>)[] = [];
  for (const { firstChunk, handle, end } of endings) {
    const seen = { count: 0, closed: 0 };
    // A host of its own for each, since a proxy serves one; nothing is taken back before the heap was looked at.
    const own = wrap ? new MetricsAwareProxy({ sampleIntervalMs: 100 }) : undefined;
    const manager = new MetricsManager();
    if (own !== undefined) manager.observe(own);
    await manager.start();
    const listening = await host.listen('r', marked(handle, seen), { firstChunk, http: false, proxy: own });
    for (let done = 1; done <= MANY; done++) {
      const client = net.connect(listening.port, '127.0.0.1').on('error', ignore).resume();
      await once(client, 'connect');
      if (firstChunk) client.write('hello');
      await until(() => seen.count === done, 'the hand-over');
      end(client);
      await until(() => client.closed, "the end of the client's side");
    }
    await until(async () => {
      await own?.sweep();
      return (own?.activeCount() ?? 0) === 0;
    }, 'the end of all');
    closing.push(async () => {
      await listening.close();
      await manager.stop();
    });
  }
  return async () => {
    for (const close of closing) await close();
  };
}

for (const host of HOSTS) {
  tap.test(`${host.name}: of connections that have ended nothing is held, bare and wrapped`, async () => {
    for (const wrap of [false, true]) {
      const close = await play(host, wrap);
      // Every look is a full collection: one for all marks.
      await heldAtMost([Mark, ...(wrap ? RECORDS : [])], 0, `${host.name}, ${wrap ? 'wrapped' : 'bare'}`);
      await close();
    }
  });
}

tap.test('TLS, HTTP requests, aborted ones and upgrades: nothing is held', async () => {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 100 });
  const manager = new MetricsManager();
  manager.observe(proxy);
  await manager.start();
  const server = http.createServer((request, response) => {
    response.write('begun');
    if (request.url !== '/abort') response.end();
  });
  server.on('upgrade', (_request, socket) => {
    socket.on('error', ignore).resume();
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  proxy.observeHttpServer(server);
  const seen = { count: 0, closed: 0 };
  const handler = marked((socket) => void server.emit('connection', socket), seen);
  const tls = makeCertificate('localhost');
  const plain = HOSTS[0] ?? assert.fail();
  const closing: (() => Promise<void>)[] = [];
  for (const secure of [false, true]) {
    const listening = await plain.listen('r', handler, {
      firstChunk: true,
      http: true,
      proxy,
      tls: secure ? tls : undefined,
    });
    closing.push(() => listening.close());
    const { connect } = await import('node:tls');
    for (const kind of times(3 * MANY, (index) => index % 3)) {
      const at = { port: listening.port, host: '127.0.0.1' };
      const client = secure ? connect({ ...at, rejectUnauthorized: false }) : net.connect(at);
      client.on('error', ignore);
      const extra = kind === 2 ? 'Connection: Upgrade\r\nUpgrade: websocket\r\n' : '';
      client.write(`GET ${kind === 1 ? '/abort' : '/'} HTTP/1.1\r\nHost: a\r\n${extra}\r\n`);
      await once(client, 'data');
      if (kind === 2) await proxy.sweep();
      client.destroy();
      await until(() => client.closed, 'its end');
    }
  }
  await until(() => proxy.activeCount() === 0, 'the end of all');
  assert.equal(seen.count, 6 * MANY);
  assert.equal(manager.getStats().proxy?.routes[0]?.requests?.aborted, 2 * MANY);
  await heldAtMost([Mark, ...RECORDS], 0, 'HTTP');
  for (const close of closing) await close();
  proxy.detach();
  await manager.stop();
});

tap.test('handlers of routes that were replaced are not held', async () => {
  const proxy = new MetricsAwareProxy();
  const manager = new MetricsManager();
  manager.observe(proxy);
  await manager.start();
  const fake = new FakeSmartProxy({ routes: [], readFirstChunk: false });
  proxy.attach(fake);
  await fake.start();
  const route = (): IRouteConfig => {
    const mark = new Mark('closure');
    return {
      name: 'r',
      match: { ports: 0 },
      action: { type: 'socket-handler', socketHandler: (socket) => void socket.end(mark.of) },
    };
  };
  for (let update = 0; update < MANY; update++) {
    await fake.updateRoutes([route()]);
    const client = net.connect(fake.portOf('r'), '127.0.0.1').on('error', ignore).resume();
    await once(client, 'close');
    manager.snapshot();
  }
  await until(() => proxy.activeCount() === 0, 'the end of all');
  await heldAtMost([Mark], 1, 'the handlers of earlier routes');
  assert.equal(inHeap(Mark), 1, 'the handler that serves is there');
  await fake.stop();
  proxy.detach();
  await manager.stop();
});

export default tap.start({ throwOnError: true });
