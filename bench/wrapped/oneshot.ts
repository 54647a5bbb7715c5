/** Clients that connect, say a word, read until the server ends, and connect again. */
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Samples } from './samples.js';

const WORD = 'ping';

/** Until `until` (performance.now) is over and the last connection is closed. */
export async function oneShots(port: number, secure: boolean, until: number, samples: Samples): Promise<void> {
  const options = { port, host: '127.0.0.1' };
  let now = performance.now();
  while (now < until) {
    const startedAt = now;
    // Without a session of before: each handshake is a full one.
    const socket = secure ? tls.connect({ ...options, rejectUnauthorized: false }) : net.connect(options);
    await new Promise<void>((resolve, reject) => {
      let answered = false;
      socket.once(secure ? 'secureConnect' : 'connect', () => socket.write(WORD));
      socket.on('data', () => (answered = true));
      socket.once('error', reject);
      socket.once('close', () => (answered ? resolve() : reject(new Error('the server ended without a word'))));
    });
    now = performance.now();
    samples.add(now - startedAt);
  }
}
