/** Clients that send as soon as they are answered, each over one connection. */
import { once } from 'node:events';
import * as net from 'node:net';
import type { Samples } from './samples.js';

export interface IExchange {
  /** Sent first, and answered by a head of HTTP. */
  readonly opening?: Buffer;
  readonly message: Buffer;
  /** Bytes of an answer; where it is not given, that of the first one, a whole HTTP response, counts. */
  readonly answerBytes?: number;
}

const HEAD_END = '\r\n\r\n';

/** Of the HTTP response that begins there; `null` while its head is not whole. */
function responseBytes(received: Buffer): number | null {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return null;
  const head = received.toString('latin1', 0, end);
  if (!/^HTTP\/1\.1 (200|101) /.test(head)) throw new Error(`the server answered ${head}`);
  return end + HEAD_END.length + Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
}

async function firstAnswer(socket: net.Socket, message: Buffer): Promise<number> {
  let received = Buffer.alloc(0);
  socket.write(message);
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    received = Buffer.concat([received, chunk]);
    const wanted = responseBytes(received);
    if (wanted === null || received.length < wanted) continue;
    if (received.length > wanted) throw new Error('the server answered more than once');
    return wanted;
  }
}

/** Until `until` (performance.now) is over and the last answer is there. */
export async function exchange(port: number, load: IExchange, until: number, samples: Samples): Promise<void> {
  const { opening, message } = load;
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  if (opening !== undefined) await firstAnswer(socket, opening);
  const bytes = load.answerBytes ?? (await firstAnswer(socket, message));
  await new Promise<void>((resolve, reject) => {
    let missing = bytes;
    let sentAt = performance.now();
    socket.on('data', (chunk) => {
      missing -= chunk.length;
      if (missing > 0) return;
      if (missing < 0) return void socket.destroy(new Error('the server answered more than it was asked'));
      const now = performance.now();
      samples.add(now - sentAt);
      if (now >= until) return void socket.end();
      missing = bytes;
      sentAt = now;
      socket.write(message);
    });
    socket.once('error', reject).once('close', resolve);
    socket.write(message);
  });
}
