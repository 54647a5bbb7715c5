import { execFile } from 'node:child_process';
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { promisify } from 'node:util';
import autocannon from 'autocannon';
import { WebSocket } from 'ws';

const run = promisify(execFile);

/** What a generator itself counted, at its own end. */
export interface ICounted {
  readonly connections: number;
  readonly sent: number;
  readonly received: number;
}

const sum = (parts: readonly ICounted[]): ICounted =>
  parts.reduce(
    (total, part) => ({
      connections: total.connections + part.connections,
      sent: total.sent + part.sent,
      received: total.received + part.received,
    }),
    { connections: 0, sent: 0, received: 0 },
  );

/** Connections one after the other, each sending its own number of bytes and ending when the echo is complete. */
export async function echoes(port: number, sizes: readonly number[], secure: boolean): Promise<ICounted> {
  const parts: ICounted[] = [];
  for (const size of sizes) {
    const socket = secure
      ? tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : net.connect(port, '127.0.0.1');
    let received = 0;
    socket.on('data', (chunk: Buffer) => (received += chunk.length));
    await once(socket, secure ? 'secureConnect' : 'connect');
    socket.end(Buffer.alloc(size, 'x'));
    await once(socket, 'close');
    parts.push({ connections: 1, sent: size, received });
  }
  return sum(parts);
}

/** Exactly `amount` requests over `connections` keep-alive connections. */
export async function requests(
  port: number,
  amount: number,
  connections: number,
): Promise<{ readonly finished: number; readonly connections: number }> {
  const result = await autocannon({ url: `http://127.0.0.1:${port}/`, amount, connections });
  if (result.errors + result.timeouts + result.non2xx > 0) throw new Error('autocannon met errors');
  return { finished: result['2xx'], connections };
}

/** WebSocket sessions that each send `messages` texts, wait for every echo and close; bytes as their sockets count them. */
export async function sessions(port: number, count: number, messages: number): Promise<ICounted> {
  const parts = await Promise.all(
    Array.from({ length: count }, async (): Promise<ICounted> => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
      await once(socket, 'open');
      const raw = (socket as unknown as { readonly _socket: net.Socket })._socket;
      for (let message = 0; message < messages; message++) {
        socket.send(`message ${message}`);
        await once(socket, 'message');
      }
      socket.close();
      await once(socket, 'close');
      return { connections: 1, sent: raw.bytesWritten, received: raw.bytesRead };
    }),
  );
  return sum(parts);
}

/** Each line of the file once; what dnsperf says it sent and completed. */
export async function queries(
  port: number,
  file: string,
): Promise<{ readonly sent: number; readonly completed: number }> {
  const { stdout } = await run('dnsperf', ['-s', '127.0.0.1', '-p', String(port), '-d', file, '-n', '1', '-q', '20'], {
    timeout: 30_000,
  });
  const figure = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(stdout)?.[1]);
  return { sent: figure('Queries sent'), completed: figure('Queries completed') };
}
