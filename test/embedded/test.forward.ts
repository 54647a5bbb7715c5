import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import type { TSocketHandler, IRouteConfig } from '../../ts/interfaces/smartproxy.js';
import { markedCloseReason } from '../../ts/shared/closereason.js';
import { until } from '../helpers/wait.js';
import {
  ask,
  deadPort,
  listening,
  received,
  reset,
  run,
  withProxy,
  type IListening,
  type IRunning,
} from './support.js';

const forward = (ports: readonly number[], name = 'forward'): IRouteConfig => ({
  name,
  match: { ports: 0 },
  action: { type: 'forward', targets: ports.map((port) => ({ host: '127.0.0.1', port })) },
});
const labelled = (label: string): Promise<IListening> =>
  listening((socket) => void socket.end(JSON.stringify({ label })));

/** A proxy with one forward to a backend of this kind, and the client sockets that its handler got. */
async function joined(
  backendHandler: (socket: net.Socket) => void,
  body: (running: IRunning, handed: net.Socket[], backend: IListening) => Promise<void>,
): Promise<void> {
  const backend = await listening(backendHandler);
  const running = await run([forward([backend.port])]);
  const handed: net.Socket[] = [];
  running.proxy.wrapHandlers((handler) => (socket, context) => {
    handed.push(socket);
    return handler(socket, context);
  });
  try {
    await body(running, handed, backend);
  } finally {
    await running.proxy.stop({ drainMs: 0 });
    await backend.close();
  }
}

tap.test('targets take turns; the dead ones are skipped and counted', async () => {
  const [a, b, dead] = [await labelled('a'), await labelled('b'), await deadPort()];
  await withProxy(
    () => [forward([a.port, dead, b.port])],
    async ({ port, proxy }) => {
      const order: (string | undefined)[] = [];
      for (let count = 0; count < 6; count++) order.push((await ask(port, ''))?.label);
      assert.deepEqual(order, ['a', 'b', 'b', 'a', 'b', 'b']);
      const { backendConnectErrors, backendRetries } = proxy.getHostCounters();
      assert.deepEqual(
        [...backendConnectErrors, ...backendRetries],
        [
          ['forward', 2],
          ['forward', 2],
        ],
      );
    },
  )();
  await a.close();
  await b.close();
});

tap.test('a target that does not answer is given up after 5 s, and the next one serves', async () => {
  // Its queue holds two connections that nobody takes: the system leaves the third one without an answer.
  const script = `const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const alive = await labelled('alive');
  const queued: net.Socket[] = [];
  try {
    const silent = Number(String((await once(child.stdout, 'data'))[0]));
    queued.push(net.connect(silent, '127.0.0.1'), net.connect(silent, '127.0.0.1'));
    await Promise.all(queued.map((socket) => once(socket, 'connect')));
    await withProxy(
      () => [forward([silent, alive.port])],
      async ({ port, proxy }) => {
        const before = performance.now();
        assert.equal((await ask(port, 'what waits'))?.label, 'alive');
        const seconds = (performance.now() - before) / 1000;
        assert.ok(seconds > 4.5 && seconds < 8, `${seconds} s`);
        const { backendConnectErrors, backendRetries } = proxy.getHostCounters();
        assert.deepEqual([...backendConnectErrors.values(), ...backendRetries.values()], [1, 1]);
      },
    )();
  } finally {
    // Its thread waits for ever: no gentler signal reaches it.
    for (const socket of queued) socket.destroy();
    child.kill('SIGKILL');
    await alive.close();
  }
});

tap.test('every target dead: reset, marked, each tried once; counts outlive an update of the same route', async () => {
  const [one, two] = [await deadPort(), await deadPort()];
  await withProxy(
    () => [forward([one, two])],
    async ({ port, proxy }) => {
      const handed: net.Socket[] = [];
      const targets: unknown[] = [];
      proxy.wrapHandlers((handler) => (socket, context) => {
        handed.push(socket);
        targets.push(context.targetHost, context.targetPort);
        return handler(socket, context);
      });
      const socket = net.connect(port, '127.0.0.1');
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNRESET');
      assert.equal(markedCloseReason(handed[0] ?? assert.fail()), 'backend-error');
      assert.deepEqual(targets, ['127.0.0.1', one]);
      await proxy.updateRoutes([forward([one]), forward([one], 'other')]);
      const { backendConnectErrors, backendRetries } = proxy.getHostCounters();
      assert.deepEqual(Object.fromEntries(backendConnectErrors), { forward: 2, other: 0 });
      assert.deepEqual(Object.fromEntries(backendRetries), { forward: 1, other: 0 });
    },
  )();
});

const hashOf = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const MEGABYTES = Buffer.alloc(5_000_000, 'half-open ');

tap.test('the client ends first: its 5 MB arrive, then 5 MB come back', async () => {
  await joined(
    (socket) => {
      void received(socket).then((data) => {
        socket.write(hashOf(data));
        socket.end(MEGABYTES);
      });
    },
    async ({ port }, handed) => {
      const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end(MEGABYTES);
      const answer = await received(socket);
      assert.equal(answer.subarray(0, 64).toString(), hashOf(MEGABYTES));
      assert.equal(hashOf(answer.subarray(64)), hashOf(MEGABYTES));
      await until(() => handed[0]?.closed === true, 'the close');
      assert.equal(markedCloseReason(handed[0] ?? assert.fail()), undefined);
    },
  );
});

tap.test('the backend ends first: its 5 MB arrive, then 5 MB go there', async () => {
  let got: Promise<Buffer> | undefined;
  await joined(
    (socket) => {
      got = received(socket);
      socket.end(MEGABYTES);
    },
    async ({ port }, handed) => {
      const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      assert.equal(hashOf(await received(socket)), hashOf(MEGABYTES));
      socket.end(MEGABYTES);
      assert.equal(hashOf((await got) ?? assert.fail()), hashOf(MEGABYTES));
      await until(() => handed[0]?.closed === true, 'the close');
      assert.equal(markedCloseReason(handed[0] ?? assert.fail()), undefined);
    },
  );
});

tap.test('an end without a byte passes on, also while the backend is being connected', async () => {
  await joined(
    (socket) => void socket.once('end', () => socket.end('saw it')).resume(),
    async ({ port }) => {
      const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end();
      assert.equal((await received(socket)).toString(), 'saw it');
    },
  );
});

tap.test('bytes sent at once wait for the backend', async () => {
  await joined(
    (socket) => void socket.pipe(socket),
    async ({ port }) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.write('early ');
      socket.end('and late');
      assert.equal((await received(socket)).toString(), 'early and late');
    },
  );
});

for (const [how, kill] of [
  ['reset', reset],
  ['close', (socket: net.Socket) => void socket.destroy()],
] as const) {
  tap.test(`the backend dies midway (${how}): the client is reset and marked`, async () => {
    await joined(
      (socket) => {
        socket.write('some of it');
        socket.once('data', () => kill(socket));
      },
      async ({ port }, handed) => {
        const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        socket.once('data', () => socket.write('x'));
        // A plain destroy sends an end first: then the client gets that, and the reset with its next bytes.
        const pump = setInterval(() => socket.writable && socket.write('more'), 2);
        const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
        clearInterval(pump);
        assert.match(error.code ?? '', /ECONNRESET|EPIPE/);
        await until(() => handed[0]?.closed === true, 'the close');
        assert.equal(markedCloseReason(handed[0] ?? assert.fail()), 'backend-error');
      },
    );
  });
}

tap.test('a backend that said all before it failed: the client still gets all of it', async () => {
  const backendSockets: net.Socket[] = [];
  await joined(
    (socket) => {
      backendSockets.push(socket);
      socket.end('all of it');
    },
    async ({ port, proxy }, handed) => {
      // A client that takes its bytes late.
      let open = (): void => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      proxy.wrapHandlers((handler) => (socket, context) => {
        const write = socket._write.bind(socket);
        socket._write = (...args) => void gate.then(() => write(...args));
        return handler(socket, context);
      });
      const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined);
      await until(() => (handed[0]?.writableLength ?? 0) > 0 && handed[0]?.writableEnded === true, 'the answer');
      reset(backendSockets[0] ?? assert.fail());
      await until(() => {
        socket.write('x');
        return markedCloseReason(handed[0] ?? assert.fail()) === 'backend-error';
      }, 'the failure');
      assert.equal(handed[0]?.destroyed, false);
      open();
      assert.equal((await received(socket)).toString(), 'all of it');
      socket.destroy();
    },
  );
});

tap.test('the client resets: the backend is reset, nothing is marked', async () => {
  let ended: Promise<unknown> | undefined;
  await joined(
    (socket) => {
      ended = once(socket, 'error');
      socket.write('hello');
      socket.resume();
    },
    async ({ port, errors }, handed) => {
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'data');
      reset(socket);
      await until(() => ended !== undefined, 'the backend');
      const [error] = (await ended) as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNRESET');
      await until(() => handed[0]?.closed === true, 'the close');
      assert.equal(markedCloseReason(handed[0] ?? assert.fail()), undefined);
      assert.deepEqual(errors, []);
    },
  );
});

tap.test('a fast sender waits for a slow reader', async () => {
  const gate: { open: () => void } = { open: () => undefined };
  await joined(
    (socket) => {
      socket.pause();
      gate.open = () => void received(socket).then((data) => socket.end(hashOf(data)));
    },
    async ({ port }, handed) => {
      const data = Buffer.alloc(30_000_000, 'slow ');
      const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end(data);
      let before = -1;
      await until(async () => {
        const now = handed[0]?.bytesRead ?? 0;
        const still = now > 0 && now === before;
        before = now;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return still;
      }, 'a standstill');
      assert.ok(before < data.length, 'it was all taken in');
      gate.open();
      assert.equal((await received(socket)).toString(), hashOf(data));
    },
  );
});

tap.test('a handler of a route has what Node gives it: the end of the client ends the socket', async () => {
  const silent: TSocketHandler = (socket) => void socket.resume();
  await withProxy(
    () => [{ match: { ports: 0 }, action: { type: 'socket-handler', socketHandler: silent } }],
    async ({ port }) => {
      const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end('bye');
      assert.equal((await received(socket)).length, 0);
    },
  )();
});

export default tap.start({ throwOnError: true });
