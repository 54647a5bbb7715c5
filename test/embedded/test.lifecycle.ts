import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import type { IProxyHost, IRouteConfig, TSocketHandler } from '../../ts/interfaces/smartproxy.js';
import { markedCloseReason } from '../../ts/shared/closereason.js';
import { until } from '../helpers/wait.js';
import { ask, deadPort, echoes, listening, received, run, tells, withProxy } from './support.js';

const route = (name: string, ports: IRouteConfig['match']['ports'], socketHandler = tells(name)): IRouteConfig => ({
  name,
  match: { ports },
  action: { type: 'socket-handler', socketHandler },
});
const refused = async (port: number): Promise<void> => {
  await assert.rejects(once(net.connect(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
};
async function dial(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
/** Keeps what it is handed. */
const keeps =
  (handed: net.Socket[]): TSocketHandler =>
  (socket) => {
    handed.push(socket);
    socket.resume();
  };

tap.test('it is a host of the shape that SmartProxy has', async () => {
  const routes = [route('a', 0)];
  const host: IProxyHost = new EmbeddedProxy({ routes });
  assert.deepEqual(host.settings?.routes, routes);
  await host.start();
  await host.stop();
});

tap.test('start and stop may be called twice and again; stop before start does nothing', async () => {
  const proxy = new EmbeddedProxy({ routes: [route('a', 0)] });
  await proxy.stop();
  assert.deepEqual(proxy.getListeningPorts(), []);
  await Promise.all([proxy.start(), proxy.start()]);
  const [port = 0, ...rest] = proxy.getListeningPorts();
  assert.deepEqual(rest, []);
  assert.equal((await ask(port, ''))?.label, 'a');
  await Promise.all([proxy.stop(), proxy.stop(), proxy.start()]);
  assert.equal((await ask(proxy.getListeningPorts()[0] ?? 0, ''))?.label, 'a');
  await proxy.stop();
  assert.deepEqual(proxy.getListeningPorts(), []);
  await refused(port);
});

tap.test('a busy port: named, and nothing left open', async () => {
  const busy = await listening(() => undefined);
  const free = await deadPort();
  const proxy = new EmbeddedProxy({ routes: [route('a', [free, busy.port])] });
  await assert.rejects(proxy.start(), (error: NodeJS.ErrnoException) => {
    assert.equal(error.code, 'EADDRINUSE');
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${busy.port}`));
    return true;
  });
  assert.deepEqual(proxy.getListeningPorts(), []);
  await refused(free);
  await busy.close();
  await proxy.start();
  assert.deepEqual(proxy.getListeningPorts(), [free, busy.port]);
  await proxy.stop();
});

tap.test('updateRoutes: ports open and close, live connections stay with their route', async () => {
  const [first, second] = [await deadPort(), await deadPort()];
  const { proxy } = await run([route('old', first, echoes)]);
  const live = await dial(first);
  live.write('before ');
  await once(live, 'data');
  await proxy.updateRoutes([route('new', second)]);
  assert.deepEqual(proxy.getListeningPorts(), [second]);
  assert.deepEqual(
    proxy.settings.routes.map(({ name }) => name),
    ['new'],
  );
  await refused(first);
  assert.equal((await ask(second, ''))?.label, 'new');
  live.end('after');
  assert.equal((await received(live)).toString(), 'after');
  await proxy.updateRoutes([route('newer', second)]);
  assert.equal((await ask(second, ''))?.label, 'newer');
  await proxy.stop();
});

tap.test('updateRoutes with a bad set or a busy port leaves everything as it was', async () => {
  const busy = await listening(() => undefined);
  const [mine, free] = [await deadPort(), await deadPort()];
  const { proxy } = await run([route('old', mine)]);
  for (const bad of [[route('a', free), route('a', free)], [route('a', -1)], [route('a', [free, busy.port])], 7]) {
    await assert.rejects(proxy.updateRoutes(bad as IRouteConfig[]));
    assert.deepEqual(proxy.getListeningPorts(), [mine]);
    assert.deepEqual(
      proxy.settings.routes.map(({ name }) => name),
      ['old'],
    );
    assert.equal((await ask(mine, ''))?.label, 'old');
    await refused(free);
  }
  await proxy.stop();
  await busy.close();
});

tap.test('updateRoutes with a wrap that throws leaves everything as it was', async () => {
  const [mine, free] = [await deadPort(), await deadPort()];
  const { proxy } = await run([route('old', mine)]);
  const undo = proxy.wrapHandlers((handler, routeName) => {
    if (routeName === 'new') throw new Error('not this one');
    return handler;
  });
  await assert.rejects(proxy.updateRoutes([route('new', [free, mine])]), /not this one/);
  assert.deepEqual(proxy.getListeningPorts(), [mine]);
  assert.equal((await ask(mine, ''))?.label, 'old');
  await refused(free);
  undo();
  await proxy.updateRoutes([route('new', [free, mine])]);
  assert.equal((await ask(free, ''))?.label, 'new');
  await proxy.stop();
});

tap.test('stop waits for what ends by itself', async () => {
  const handed: net.Socket[] = [];
  const { proxy, port } = await run([route('a', 0, keeps(handed))]);
  const socket = await dial(port);
  await until(() => handed.length === 1, 'the hand-over');
  const stopped = proxy.stop({ drainMs: 10_000 });
  await refused(port);
  handed[0]?.end('good bye');
  assert.equal((await received(socket)).toString(), 'good bye');
  await stopped;
  assert.equal(handed[0]?.closed, true);
  assert.equal(markedCloseReason(handed[0] ?? assert.fail()), undefined);
});

tap.test('stop ends the rest: handed ones marked, pending ones told, backends too', async () => {
  const backendSockets: net.Socket[] = [];
  const backend = await listening((socket) => void backendSockets.push(socket.resume()));
  const handed: net.Socket[] = [];
  const ports = [await deadPort(), await deadPort(), await deadPort()] as const;
  const { proxy, unrouted } = await run([
    route('kept', ports[0], keeps(handed)),
    { match: { ports: ports[1] }, action: { type: 'forward', targets: [{ host: 'localhost', port: backend.port }] } },
    { ...route('http', ports[2]), match: { ports: ports[2], domains: 'a.test' } },
  ]);
  const clients = await Promise.all(ports.map(dial));
  await until(() => handed.length === 1 && backendSockets.length === 1 && proxy.pendingCount() === 1, 'all three');
  const ends = clients.map(received);
  await proxy.stop({ drainMs: 30 });
  assert.equal(handed[0]?.closed, true);
  assert.equal(markedCloseReason(handed[0] ?? assert.fail()), 'shutdown');
  assert.deepEqual(
    unrouted.map(({ reason }) => reason),
    ['shutdown'],
  );
  assert.equal(proxy.pendingCount(), 0);
  await Promise.all(ends);
  await until(() => backendSockets[0]?.closed === true, 'the backend');
  await backend.close();
});

tap.test('stop is not held up by a socket whose listeners were removed', async () => {
  const handed: net.Socket[] = [];
  const { proxy, port } = await run([route('a', 0, keeps(handed))]);
  const clients = [await dial(port), await dial(port)];
  await until(() => handed.length === 2, 'the hand-overs');
  handed[0]?.removeAllListeners().destroy();
  handed[1]?.removeAllListeners();
  await proxy.stop({ drainMs: 20 });
  assert.deepEqual(
    handed.map(({ closed }) => closed),
    [true, true],
  );
  for (const client of clients) client.destroy();
});

const failures: Record<string, TSocketHandler> = {
  throws: () => {
    throw new Error('mine');
  },
  rejects: async (socket) => {
    await once(socket, 'data');
    throw new Error('mine');
  },
};
for (const [what, handler] of Object.entries(failures)) {
  for (const listens of [true, false]) {
    tap.test(
      `a handler that ${what}, ${listens ? 'with' : 'without'} an error listener: its socket is destroyed`,
      async () => {
        const proxy = new EmbeddedProxy({ routes: [route('a', 0, handler)] });
        const handed: net.Socket[] = [];
        const errors: unknown[] = [];
        if (listens) proxy.on('error', (error) => void errors.push(error));
        proxy.wrapHandlers((inner) => (socket, context) => {
          handed.push(socket);
          return inner(socket, context);
        });
        await proxy.start();
        const socket = await dial(proxy.getListeningPorts()[0] ?? 0);
        socket.write('x');
        await received(socket);
        await until(() => handed[0]?.closed === true, 'the close');
        assert.equal(markedCloseReason(handed[0] ?? assert.fail()), 'handler-error');
        assert.deepEqual(errors.map(String), listens ? ['Error: mine'] : []);
        await proxy.stop();
      },
    );
  }
}

tap.test('a reset of a socket that nobody listens to does not end the process', async () => {
  const handed: net.Socket[] = [];
  await withProxy(
    () => [route('a', 0, (socket) => void handed.push(socket))],
    async ({ port }) => {
      const socket = await dial(port);
      await until(() => handed.length === 1, 'the hand-over');
      socket.resetAndDestroy();
      await until(() => handed[0]?.destroyed === true || handed[0]?.readableEnded === true, 'the end');
    },
  )();
});

tap.test('listeners that throw reach nobody', async () => {
  const proxy = new EmbeddedProxy({ routes: [{ ...route('a', 0), match: { ports: 0, domains: 'a.test' } }] });
  const reasons: string[] = [];
  const throws = (): never => {
    throw new Error('a listener of mine');
  };
  proxy.on('unrouted', throws).once('unrouted', ({ reason }) => void reasons.push(reason));
  await proxy.start();
  for (let count = 0; count < 2; count++) await ask(proxy.getListeningPorts()[0] ?? 0, 'GET / HTTP/1.1\r\n\r\n');
  proxy.off('unrouted', throws);
  await proxy.stop();
  assert.deepEqual(reasons, ['no-route']);
});

tap.test('wrapHandlers: every route, forwards too, now and after updates; undone in any order', async () => {
  const backend = await listening((socket) => void socket.end(JSON.stringify({ label: 'backend' })));
  const forward = (): IRouteConfig => ({
    match: { ports: 0, domains: '*.test' },
    action: { type: 'forward', targets: [{ host: '127.0.0.1', port: backend.port }] },
  });
  const { proxy, port } = await run([forward(), route('a', 0)]);
  const calls: string[] = [];
  const wrap =
    (mark: string) =>
    (handler: TSocketHandler, routeName: string): TSocketHandler =>
    (socket, context) => {
      calls.push(`${mark} ${routeName}`);
      return handler(socket, context);
    };
  const http = 'GET / HTTP/1.1\r\nHost: b.test\r\n\r\n';
  const round = async (): Promise<string[]> => {
    calls.length = 0;
    assert.equal((await ask(port, http))?.label, 'backend');
    assert.equal((await ask(port, '\r\n'))?.label, 'a');
    return [...calls];
  };
  const same = wrap('one');
  const undoOne = proxy.wrapHandlers(same);
  const undoTwo = proxy.wrapHandlers(wrap('two'));
  const undoAgain = proxy.wrapHandlers(same);
  const all = ['one 0:*.test', 'two 0:*.test', 'one 0:*.test', 'one a', 'two a', 'one a'];
  assert.deepEqual(await round(), all);
  await proxy.updateRoutes([forward(), route('a', 0)]);
  assert.deepEqual(await round(), all);
  undoOne();
  assert.deepEqual(await round(), ['one 0:*.test', 'two 0:*.test', 'one a', 'two a']);
  undoOne();
  undoAgain();
  undoTwo();
  assert.deepEqual(await round(), []);
  assert.throws(() => proxy.wrapHandlers(() => assert.fail('no wrap')), /no wrap/);
  assert.deepEqual(await round(), []);
  await proxy.stop();
  await backend.close();
});

tap.test('an HTTP server takes peeked and unpeeked sockets, several requests each', async () => {
  const server = http.createServer((request, response) => void request.pipe(response));
  const handler: TSocketHandler = (socket) => void server.emit('connection', socket);
  const byName = { ...route('b', 0, handler), match: { ports: 0, domains: 'localhost' } };
  for (const routes of [[route('a', 0, handler)], [byName]]) {
    await withProxy(
      () => routes,
      async ({ port }) => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        for (let count = 0; count < 3; count++) {
          const request = http.request({
            port,
            host: '127.0.0.1',
            agent,
            method: 'POST',
            headers: { host: 'localhost' },
          });
          request.end('x'.repeat(300_000));
          const [response] = (await once(request, 'response')) as [http.IncomingMessage];
          const chunks: Buffer[] = await response.toArray();
          assert.equal(Buffer.concat(chunks).length, 300_000);
        }
        agent.destroy();
      },
    )();
  }
});

tap.test('every connection is pending, handed over or unrouted: 300 lives', async () => {
  let handedOver = 0;
  const handler: TSocketHandler = (socket) => {
    handedOver++;
    socket.on('data', () => socket.end('ok'));
  };
  await withProxy(
    () => [{ ...route('http', 0, handler), match: { ports: 0, domains: 'a.test' } }],
    async ({ port, proxy, unrouted }) => {
      const head = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n';
      const lives: ((socket: net.Socket) => void)[] = [
        (socket) => void socket.end(head),
        (socket) => void socket.write(head.slice(0, 9)),
        (socket) => void socket.end(head.slice(0, 9)),
        (socket) => void socket.end(head.replace('a.test', 'b.test')),
        (socket) => void socket.resetAndDestroy(),
        (socket) => void setImmediate(() => socket.destroy()),
      ];
      const waiting: net.Socket[] = [];
      for (let count = 0; count < 300; count++) {
        const socket = await dial(port);
        lives[count % lives.length]?.(socket);
        if (count % lives.length === 1) waiting.push(socket);
      }
      await until(() => handedOver + unrouted.length + proxy.pendingCount() === 300, 'a sum of 300');
      await until(() => proxy.pendingCount() === 50, 'only the waiting ones');
      assert.equal(handedOver, 50);
      for (const socket of waiting) socket.destroy();
      await until(() => proxy.pendingCount() === 0, 'nothing pending');
      assert.deepEqual([handedOver, unrouted.length], [50, 250]);
    },
  )();
});

export default tap.start({ throwOnError: true });
