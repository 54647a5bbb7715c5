import type * as net from 'node:net';
import type { THandler } from '../helpers/hosts/host.js';
import { afterReset, type ILife } from './life.js';
import { bulkLives } from './lives.bulk.js';
import { httpLives } from './lives.http.js';
import { tlsLives } from './lives.tls.js';
import { pattern } from './peers.js';
import { arrived, ended, type Run } from './run.js';

const never = (): boolean => false;

/** Answers each chunk with as many bytes. */
function echo(run: Run): THandler {
  return (socket) => {
    run.handler.watch(socket);
    socket.on('data', (chunk: Buffer) => run.reply(socket, pattern(run.written, chunk.length)));
  };
}

/** Sends `bytes`, waits for as many, then does `last` and waits for the end. */
async function exchange(
  run: Run,
  port: number,
  bytes: number,
  last: (client: net.Socket) => void,
  tls = false,
): Promise<void> {
  const client = await run.connect(port, { tls });
  if (bytes > 0) {
    run.send(client, pattern(0, bytes));
    await arrived(run.client, client, bytes);
  }
  await run.entered;
  last(client);
  await ended(client);
}

/** Sends `bytes` and waits for what the handler does. */
async function outlast(run: Run, port: number, bytes: number): Promise<void> {
  const client = await run.connect(port);
  if (bytes > 0) run.send(client, pattern(0, bytes));
  await ended(client);
}

const tcpLives: readonly ILife[] = [
  {
    name: 'the client ends',
    firstChunk: true,
    serve: echo,
    play: (run, port) => exchange(run, port, 1000, (client) => client.end()),
    reasons: ['client-end'],
    reaped: never,
    type: 'tcp',
  },
  {
    name: 'the server ends',
    firstChunk: true,
    serve: (run) => (socket) => {
      run.handler.watch(socket);
      socket.on('data', () => {
        run.reply(socket, pattern(0, 2000));
        socket.end();
      });
    },
    play: (run, port) => outlast(run, port, 1000),
    reasons: ['server-end'],
    reaped: never,
    type: 'tcp',
  },
  {
    name: 'the client resets',
    firstChunk: true,
    serve: echo,
    play: (run, port) => exchange(run, port, 1000, (client) => client.resetAndDestroy()),
    reasons: afterReset,
    reaped: never,
    type: 'tcp',
  },
  {
    name: 'half-open: the client has ended, the server goes on',
    firstChunk: true,
    serve: (run) => (socket) => {
      socket.allowHalfOpen = true;
      run.handler.watch(socket);
      const goOn = async (): Promise<void> => {
        for (let step = 0; step < 5; step++) {
          await run.sweep();
          run.reply(socket, pattern(run.written, 10_000));
        }
        socket.end();
      };
      socket.on('end', () => void goOn());
    },
    play: async (run, port) => {
      const client = await run.connect(port);
      run.send(client, pattern(0, 1000));
      client.end();
      await ended(client);
    },
    reasons: ['client-end'],
    reaped: never,
    type: 'tcp',
    halfOpen: true,
  },
  {
    name: 'idle time-out',
    firstChunk: true,
    serve: (run) => (socket) => {
      void echo(run)(socket);
      // Not before the client's word is there: a slow machine takes longer than that.
      socket.once('data', () => void socket.setTimeout(40, () => socket.destroy()));
    },
    play: (run, port) => outlast(run, port, 1000),
    reasons: ['idle-timeout'],
    reaped: never,
    type: 'tcp',
  },
  {
    name: 'the handler throws',
    firstChunk: false,
    serve: (run) => () => {
      throw (run.failure = new Error('thrown by the handler'));
    },
    play: (run, port) => outlast(run, port, 0),
    reasons: ['handler-error'],
    reaped: (host) => host.stripsListeners,
    type: 'tcp',
    handlerErrors: () => 1,
  },
  {
    name: 'the handler throws with a chunk at hand',
    firstChunk: true,
    serve: (run) => () => {
      throw (run.failure = new Error('thrown by the handler'));
    },
    play: (run, port) => outlast(run, port, 1000),
    reasons: ['handler-error'],
    reaped: (host) => host.stripsListeners,
    type: 'tcp',
    handlerErrors: () => 1,
    impossible: (host) =>
      host.stripsListeners
        ? undefined
        : 'it hands sockets over before any byte arrived: how many it reads then is chance',
  },
  {
    name: 'the handler rejects',
    firstChunk: false,
    serve: (run) => async (socket) => {
      run.handler.watch(socket);
      run.reply(socket, pattern(0, 500));
      await arrived(run.handler, socket, 1000);
      throw (run.failure = new Error('rejected by the handler'));
    },
    play: (run, port) => outlast(run, port, 1000),
    // A plain server's own rejections stay unhandled, and so unheard, unless its user handles them.
    reasons: (host) => (host.takesRejections ? ['handler-error'] : ['server-destroy']),
    reaped: (host) => host.stripsListeners,
    type: 'tcp',
    handlerErrors: (host) => (host.takesRejections ? 1 : 0),
  },
  {
    name: 'the handler destroys',
    firstChunk: true,
    serve: (run) => (socket) => {
      run.handler.watch(socket);
      socket.on('data', () => {
        run.reply(socket, pattern(0, 2000));
        socket.destroy();
      });
    },
    play: (run, port) => outlast(run, port, 1000),
    reasons: ['server-destroy'],
    reaped: never,
    type: 'tcp',
  },
  {
    // The loop closes a destroyed socket, and tells it, only after what `setImmediate` runs: a pass comes in between.
    name: 'the handler destroys as a pass begins',
    firstChunk: true,
    serve: (run) => (socket) => {
      run.handler.watch(socket);
      socket.on('data', () => {
        run.reply(socket, pattern(0, 2000));
        void run.sweep();
        socket.destroy();
      });
    },
    play: (run, port) => outlast(run, port, 1000),
    reasons: ['server-destroy'],
    reaped: never,
    type: 'tcp',
  },
  {
    name: 'cleaned up without a word to its listeners',
    firstChunk: true,
    serve: (run) => (socket) => {
      run.handler.watch(socket);
      socket.on('data', () => {
        run.reply(socket, pattern(0, 2000));
        socket.removeAllListeners();
        socket.destroy();
      });
    },
    play: (run, port) => outlast(run, port, 1000),
    reasons: ['server-destroy', 'unknown'],
    reaped: () => true,
    type: 'tcp',
  },
  {
    name: 'never a byte',
    firstChunk: false,
    serve: echo,
    play: (run, port) => exchange(run, port, 0, (client) => client.end()),
    reasons: ['client-end'],
    reaped: never,
    type: 'tcp',
  },
  {
    name: 'one byte',
    firstChunk: true,
    serve: echo,
    play: (run, port) => exchange(run, port, 1, (client) => client.end()),
    reasons: ['client-end'],
    reaped: never,
    type: 'tcp',
  },
];

const tlsByHost: ILife = {
  name: 'TLS terminated by the host',
  firstChunk: true,
  tls: true,
  serve: echo,
  play: (run, port) => exchange(run, port, 200_000, (client) => client.end(), true),
  reasons: ['client-end'],
  reaped: never,
  type: 'tls',
};

export const lives: readonly ILife[] = [...tcpLives, ...bulkLives, tlsByHost, ...tlsLives, ...httpLives];
