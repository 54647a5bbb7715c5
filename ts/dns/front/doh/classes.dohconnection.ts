import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

/** Queries of one connection whose answers have not gone out; HTTP/2 clients are told of it. */
export const MAX_OPEN = 100;
/** Octets of one connection's messages that have not come whole. */
const MAX_HELD = 256 << 10;

/** One client's connection, whichever HTTP it speaks. */
export class DohConnection {
  readonly clientIp: string | undefined;
  readonly #socket: Socket;
  readonly #ended: (connection: DohConnection) => void;
  readonly #idle: NodeJS.Timeout;
  #session: ServerHttp2Session | null = null;
  /** Queries whose answers have not gone out. */
  #open = 0;
  /** Those that have no answer yet. */
  #asked = 0;
  #held = 0;
  #draining = false;
  /** Idle for too long, but for what the next read brings. */
  #doomed = false;
  #over = false;

  constructor(
    socket: Socket,
    clientIp: string | undefined,
    idleMs: number,
    ended: (connection: DohConnection) => void,
  ) {
    this.clientIp = clientIp;
    this.#socket = socket;
    this.#ended = ended;
    // Counted from whole queries and answers: a sender of single octets does not stay.
    this.#idle = setTimeout(() => this.#expire(), idleMs);
    this.#idle.unref();
    // 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end());
  }

  get isHttp2(): boolean {
    return this.#session !== null;
  }

  set session(session: ServerHttp2Session) {
    this.#session = session;
  }

  /** Not by an event: a host's own clean-up may have removed all listeners. */
  get gone(): boolean {
    return this.#socket.destroyed;
  }

  get open(): number {
    return this.#open;
  }

  /** A whole message is to be asked; `false`: there are too many. */
  ask(): boolean {
    if (this.#open >= MAX_OPEN) return false;
    this.#open++;
    this.#asked++;
    this.#doomed = false;
    this.#idle.refresh();
    return true;
  }

  /** It has its answer, or none will come. */
  answered(): void {
    this.#asked--;
    this.#idle.refresh();
  }

  /** The answer has gone out, or its asker is gone. */
  closed(): void {
    this.#open--;
    this.#endIfDone();
  }

  /** Room for so many octets more of a message; `false`: there is none. Negative: they are let go. */
  hold(octets: number): boolean {
    if (this.#held + octets > MAX_HELD) return false;
    this.#held += octets;
    return true;
  }

  /** Ends it: at once, or when what is asked has been answered. */
  close(now: boolean): void {
    this.#draining = true;
    if (now) this.#destroy();
    else {
      // Says goodbye, and ends by itself after the last stream.
      this.#session?.close();
      this.#endIfDone();
    }
  }

  #endIfDone(): void {
    if (this.#draining && this.#open === 0) this.#socket.end();
  }

  #expire(): void {
    // The upstream's own time-out ends what is asked.
    if (this.#asked > 0 && !this.gone) {
      this.#idle.refresh();
      return;
    }
    // Timers come before reads: after something held the event loop, a query may wait that came in time.
    this.#doomed = true;
    setImmediate(() => {
      if (this.#doomed) this.#destroy();
    });
  }

  #destroy(): void {
    this.#session?.destroy();
    this.#socket.destroy();
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#idle);
    this.#ended(this);
  }
}
