import { once } from 'node:events';
import type * as net from 'node:net';
import type { THandler } from '../helpers/hosts/host.js';
import type { ILife } from './life.js';
import { pattern } from './peers.js';
import { arrived, ended, type Run } from './run.js';

const MIB = 1024 * 1024;
const BULK = 50_000_000;
const QUEUED = 20 * MIB;

/** Writes as a careful sender does: stops where `write` says so. Tells the longest queue. */
async function pump(socket: net.Socket, total: number, write: (bytes: Buffer) => boolean): Promise<number> {
  let longest = 0;
  for (let offset = 0; offset < total;) {
    const length = Math.min(65_536, total - offset);
    const more = write(pattern(offset, length));
    offset += length;
    longest = Math.max(longest, socket.writableLength);
    if (!more) await once(socket, 'drain');
  }
  return longest;
}

/** Queues far more than the client takes, then leaves the rest to the life. */
function flood(run: Run, onByte: (socket: net.Socket, count: number) => void): THandler {
  return (socket) => {
    run.handler.watch(socket);
    socket.on('data', () => onByte(socket, run.handler.bytes));
    socket.once('data', () => {
      for (let offset = 0; offset < QUEUED; offset += MIB) run.reply(socket, pattern(offset, MIB));
    });
  };
}

async function takeSome(run: Run, port: number): Promise<net.Socket> {
  const client = await run.connect(port);
  run.send(client, pattern(0, 1));
  await arrived(run.client, client, MIB);
  client.pause();
  return client;
}

export const bulkLives: readonly ILife[] = [
  {
    name: '50 MB each way at once',
    firstChunk: true,
    serve: (run) => (socket) => {
      run.handler.watch(socket);
      const answer = async (): Promise<void> => {
        const longest = await pump(socket, BULK, (bytes) => run.reply(socket, bytes));
        run.handler.notes.push(`longest queue ${longest < MIB ? 'bounded' : longest}`);
      };
      // A reader that cannot keep up: whoever else starts the flow makes it lose its pauses.
      let chunks = 0;
      socket.on('data', () => {
        if (++chunks % 50 > 0) return;
        socket.pause();
        setImmediate(() => socket.resume());
      });
      void answer();
    },
    play: async (run, port) => {
      const client = await run.connect(port);
      await pump(client, BULK, (bytes) => run.send(client, bytes));
      await arrived(run.client, client, BULK);
      client.end();
      await ended(client);
    },
    reasons: ['client-end'],
    reaped: () => false,
    type: 'tcp',
  },
  {
    name: '20 MB queued, aborted by the client',
    firstChunk: true,
    serve: (run) => flood(run, () => undefined),
    play: async (run, port) => {
      const client = await takeSome(run, port);
      await run.sweep();
      client.resetAndDestroy();
      await ended(client);
    },
    reasons: (host) => (host.relayed ? ['client-reset', 'client-end'] : ['client-reset']),
    reaped: () => false,
    type: 'tcp',
    cut: true,
  },
  {
    name: '20 MB queued, aborted by the handler',
    firstChunk: true,
    serve: (run) => flood(run, (socket, count) => void (count === 2 && socket.destroy())),
    play: async (run, port) => {
      const client = await takeSome(run, port);
      await run.sweep();
      run.send(client, pattern(1, 1));
      await ended(await run.entered);
      client.resume();
      await ended(client);
    },
    reasons: ['server-destroy'],
    reaped: () => false,
    type: 'tcp',
    cut: true,
  },
];
