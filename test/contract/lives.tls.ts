import * as net from 'node:net';
import { duplexPair } from 'node:stream';
import * as tls from 'node:tls';
import type { ILife } from './life.js';
import { pattern } from './peers.js';
import { arrived, CERTIFICATE, ended, type Run } from './run.js';

const BYTES = 200_000;

/** TLS over a line that counts what passes: the handler's own socket below its TLS shows these bytes. */
async function play(run: Run, port: number): Promise<void> {
  const line = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  run.track(line);
  run.receivedBelow = 0;
  const [near, far] = duplexPair();
  far.on('data', (chunk: Buffer) => run.send(line, chunk));
  far.on('end', () => line.end());
  line.on('data', (chunk: Buffer) => {
    run.receivedBelow = (run.receivedBelow ?? 0) + chunk.length;
    far.write(chunk);
  });
  line.on('end', () => far.end());
  const client = tls.connect({ socket: near, servername: 'localhost', rejectUnauthorized: false });
  run.client.watch(client);
  client.write(pattern(0, BYTES));
  await arrived(run.client, client, BYTES);
  client.end();
  await ended(line);
}

function answer(run: Run, socket: tls.TLSSocket): void {
  run.handler.watch(socket);
  socket.on('data', (chunk: Buffer) => socket.write(pattern(run.handler.bytes - chunk.length, chunk.length)));
}

/**
 * Once TLS has the socket, what the host read before is not looked at again. Nobody sees on the socket below who ended
 * first: either TLS takes the line away from it, or it answers the client's farewell before the line itself has ended.
 */
const row = {
  firstChunk: false,
  play,
  reasons: ['client-end', 'server-end', 'server-destroy'],
  reaped: () => false,
  type: 'tcp',
} as const;

export const tlsLives: readonly ILife[] = [
  {
    ...row,
    name: 'TLS terminated by the handler with a TLSSocket',
    serve: (run) => (socket) => {
      const secureContext = tls.createSecureContext(CERTIFICATE);
      answer(run, new tls.TLSSocket(socket, { isServer: true, secureContext }));
    },
  },
  {
    ...row,
    name: 'TLS terminated by a server that the handler gives the socket to',
    serve: (run) => {
      const server = tls.createServer(CERTIFICATE, (socket) => answer(run, socket));
      return (socket) => void server.emit('connection', socket);
    },
  },
];
