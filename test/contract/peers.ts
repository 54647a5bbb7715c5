import { createHash } from 'node:crypto';
import type * as net from 'node:net';

// A prime length, so that no chunking of the stream lines up with it.
const BLOCK = Buffer.alloc(65_521);
for (let i = 0, x = 1; i < BLOCK.length; i++) {
  x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
  BLOCK[i] = x >>> 16;
}

/** The bytes that both sides of every bulk transfer send, from any offset. */
export function pattern(offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const start = (offset + done) % BLOCK.length;
    done += BLOCK.copy(bytes, done, start, Math.min(BLOCK.length, start + length - done));
  }
  return bytes;
}

/** What one side of a connection saw: how much, exactly what, and how it ended. */
export class Peer {
  bytes = 0;
  readonly ends: string[] = [];
  /** Whatever else a peer can tell: statuses, messages, exceptions. */
  readonly notes: string[] = [];
  readonly #hash = createHash('sha256');
  #intact = true;

  take(chunk: Buffer): void {
    this.#intact &&= chunk.equals(pattern(this.bytes, chunk.length));
    this.bytes += chunk.length;
    this.#hash.update(chunk);
  }

  /** Notes how the socket ends. `data: false` where somebody else reads it. */
  watch(socket: net.Socket, options: { readonly data: boolean } = { data: true }): void {
    if (options.data) socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('end', () => this.ends.push('end'));
    socket.on('error', (error: NodeJS.ErrnoException) => this.ends.push(kindOf(error)));
    socket.on('close', () => this.ends.push('close'));
  }

  /** `cut`: where the transfer was cut off at any point, all that can be compared is that nothing in it was changed. */
  transcript(cut: boolean): string {
    const seen = cut
      ? `prefix ${this.#intact ? 'intact' : 'CHANGED'}`
      : `${this.bytes} bytes ${this.#hash.digest('hex')}`;
    return [seen, `ends: ${this.ends.join(', ')}`, ...this.notes].join('; ');
  }
}

/** Which of several codes a reset shows depends on what was under way. */
function kindOf(error: NodeJS.ErrnoException): string {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'reset' : `error ${error.code ?? error.message}`;
}
