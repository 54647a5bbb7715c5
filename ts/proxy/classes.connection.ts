import type { net } from '../plugins.js';
import type { TConnectionType } from '../interfaces/events.js';
import type { TrackedRequest } from './classes.httpobserver.js';

/**
 * Where `bytesIn` starts. The socket alone cannot tell: a host that consumed a PROXY header and one that re-emits the
 * client's first chunk leave the same counters behind, with different right answers.
 *
 * - `unshifted`: what the host consumed was not the client's; what it put back is still in the buffer.
 * - `reemitted`: everything read from the socket was the client's.
 */
export type TByteBase = 'unshifted' | 'reemitted';

export interface IConnectionIdentity {
  readonly id: number;
  readonly hostConnectionId: string | undefined;
  readonly routeName: string;
  readonly clientIp: string | null;
  readonly domain: string | undefined;
  readonly port: number | null;
  readonly isTls: boolean;
  readonly isHttp: boolean;
  /** Monotonic, ms. */
  readonly openedAt: number;
  /** Unix time in ms. */
  readonly timestamp: number;
}

/** An upgrade that was asked for and neither accepted nor refused as far as the socket shows. */
export interface IUndecidedUpgrade {
  readonly protocol: string;
  /** The one that the HTTP server has: counters of a socket below it move for TLS's own reasons. */
  readonly socket: net.Socket;
  /** When it was asked for. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** An earlier look saw that the server had written something. */
  answered: boolean;
}

/** One open connection: what the table knows of a socket, and what of it has been told as events. */
export class Connection {
  readonly identity: IConnectionIdentity;
  readonly socket: net.Socket;
  readonly baseIn: number;
  readonly baseOut: number;
  /** Position in the table; -1 once it has ended. */
  index = -1;
  /** Whether `connection-open` was told. */
  told = false;
  type: TConnectionType = 'tcp';
  bytesIn = 0;
  bytesOut = 0;
  sendQueue = 0;
  halfOpen = false;
  handlerFailed = false;
  /** Our side ended before the client's did. */
  serverEndedFirst = false;
  /** `bytesRead` when the socket last timed out; -1: never. */
  timedOutAt = -1;
  /** Seen destroyed but not yet closed by an earlier pass. */
  seenDestroyed = false;
  /** Number of the last walk over the open connections that showed it. */
  shownIn = 0;
  requests: TrackedRequest[] | undefined = undefined;
  upgrade: IUndecidedUpgrade | undefined = undefined;

  constructor(identity: IConnectionIdentity, socket: net.Socket, base: TByteBase) {
    this.identity = identity;
    this.socket = socket;
    // A foreign socket (any duplex stream) may lack the counters: then nothing is subtracted, and nothing ever added.
    const read = socket.bytesRead;
    this.baseIn = base === 'unshifted' && typeof read === 'number' ? read - socket.readableLength : 0;
    this.baseOut = socket.bytesWritten || 0;
  }

  readBytesIn(): number {
    // No counter of ours ever falls.
    return Math.max(this.bytesIn, (this.socket.bytesRead || 0) - this.baseIn);
  }

  /** While open: what has left our process's buffers. */
  readBytesOut(queue: number): number {
    return Math.max(this.bytesOut, (this.socket.bytesWritten || 0) - queue - this.baseOut);
  }

  /**
   * After the end: what was dispatched to the kernel. Exact where nothing was queued; with a queue the peer received
   * at most this. (`writableLength` is no help here: a destroyed stream says 0, and a single large write that is half
   * sent counts as wholly queued while it is open, so subtracting it would tell less than the peer received.)
   */
  readFinalBytesOut(): number {
    return Math.max(this.bytesOut, (this.socket.bytesWritten || 0) - this.baseOut);
  }
}
