import type { Socket } from 'node:net';
import { normaliseIp } from '../../shared/ip.js';
import { GONE, type IAsker, type TSent } from './asker.js';
import { FrameReader } from './classes.framereader.js';
import type { Ledger } from './classes.ledger.js';
import type { Resolver } from './classes.resolver.js';
import { HEADER_SIZE } from './message.js';

/** Queries of one connection that may be open at once; past it the connection is not read. */
const MAX_PIPELINED = 200;
/** Octets written and not yet taken by the client; past it the connection is not read. */
const MAX_UNSENT = 256 << 10;

export interface IConnectionHost {
  readonly resolver: Resolver;
  readonly ledger: Ledger;
  readonly idleMs: number;
}

/** One TCP client: many queries, answered in whatever order the answers come (RFC 7766). */
export class TcpConnection implements IAsker {
  readonly source = 'tcp';
  readonly datagrams = false;
  readonly clientIp: string | undefined;
  readonly #socket: Socket;
  readonly #host: IConnectionHost;
  readonly #frames = new FrameReader();
  readonly #idle: NodeJS.Timeout;
  /** Queries without an answer yet. */
  #open = 0;
  #ended = false;
  /** Idle for too long, but for what the next read brings. */
  #doomed = false;

  constructor(socket: Socket, host: IConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.clientIp = normaliseIp(socket.remoteAddress) ?? undefined;
    // Counted from whole queries and answers: a sender of single octets does not stay.
    this.#idle = setTimeout(() => this.#expire(), host.idleMs);
    this.#idle.unref();
  }

  serve(): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#regulate());
    // The answers of what was asked before still go out (RFC 7766 section 6.2.3).
    socket.on('end', () => {
      this.#ended = true;
      this.#endIfDone();
    });
    // 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(this.#idle);
      if (this.#frames.partial) this.#host.ledger.rejected('tcp', 'truncated');
    });
  }

  answer(reply: Buffer, sent: TSent): void {
    this.#open--;
    const socket = this.#socket;
    if (!socket.writable) return sent(GONE);
    const framed = Buffer.allocUnsafe(reply.length + 2);
    framed.writeUInt16BE(reply.length, 0);
    reply.copy(framed, 2);
    socket.write(framed);
    this.#idle.refresh();
    this.#endIfDone();
    this.#regulate();
    sent(null);
  }

  giveUp(): void {
    this.#open--;
    // The client learns at once that no answer will come.
    this.#socket.destroy();
  }

  /** Ends it: at once, or when what is asked has been answered. */
  close(now: boolean): void {
    this.#ended = true;
    if (now) this.#socket.destroy();
    else this.#endIfDone();
  }

  #receive(chunk: Buffer): void {
    this.#frames.push(chunk, (message) => {
      if (message.length < HEADER_SIZE) {
        // Lengths that lie: nothing behind them can be trusted.
        this.#host.ledger.rejected('tcp', 'short');
        this.#socket.destroy();
        return false;
      }
      this.#open++;
      this.#doomed = false;
      this.#idle.refresh();
      this.#host.resolver.resolve(message, this);
      return !this.#socket.destroyed;
    });
    this.#regulate();
  }

  #regulate(): void {
    const busy = this.#open >= MAX_PIPELINED || this.#socket.writableLength > MAX_UNSENT;
    if (busy !== this.#socket.isPaused()) {
      if (busy) this.#socket.pause();
      else this.#socket.resume();
    }
  }

  #endIfDone(): void {
    if (this.#ended && this.#open === 0) this.#socket.end();
  }

  #expire(): void {
    // The upstream's own time-out ends what is open.
    if (this.#open > 0) {
      this.#idle.refresh();
      return;
    }
    // Timers come before reads: after something held the event loop, a query may wait that came in time.
    this.#doomed = true;
    setImmediate(() => {
      if (this.#doomed) this.#socket.destroy();
    });
  }
}
