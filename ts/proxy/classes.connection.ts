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
  /** As the host tells it. */
  readonly type: 'tcp' | 'tls' | 'http' | 'https';
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

/** What the host did with the socket before the connection began. */
interface IBase {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Unix time in ms. */
const LOADED_AT = Date.now();
const US_IN_MS = 1_000;

const [TOLD, HALF_OPEN, HANDLER_FAILED, SERVER_ENDED_FIRST, SEEN_DESTROYED, TIMED_OUT] = [1, 2, 4, 8, 16, 32];
const TYPES = ['tcp', 'tls', 'http', 'https', 'websocket'] as const satisfies readonly TConnectionType[];
const [TYPE_SHIFT, TYPE_MASK] = [6, 0b111];
const [MICROSECONDS_SHIFT, MICROSECONDS_MASK] = [9, 0x3ff];
/** With the bits below it is a small integer, which V8 keeps in the field itself. */
const [WALK_SHIFT, WALK_MASK] = [19, 0x7ff];

/**
 * One open connection: what the table knows of a socket, and what of it has been told as events. There may be a hundred
 * thousand: one object for each, and one field for all that is true or false or one of a few.
 */
export class Connection {
  readonly id: number;
  readonly hostConnectionId: string | undefined;
  readonly routeName: string;
  readonly clientIp: string | null;
  readonly domain: string | undefined;
  readonly port: number | null;
  readonly socket: net.Socket;
  /** `null`: nothing, as of most. */
  readonly #base: IBase | null;
  /** Position in the table; -1 once it has ended. */
  index = -1;
  bytesIn = 0;
  bytesOut = 0;
  sendQueue = 0;
  /** Requests whose end is not told, chained through themselves: a client may send any number without an answer. */
  newestRequest: TrackedRequest | undefined = undefined;
  upgrade: IUndecidedUpgrade | undefined = undefined;
  /** Small enough, for weeks, for V8 to keep it in the field itself: a Unix time is an object of its own. */
  readonly #sinceLoaded: number;
  /** Whole ms, for the same reason: the microseconds are among the flags. */
  readonly #openedMs: number;
  #flags = 0;

  constructor(identity: IConnectionIdentity, socket: net.Socket, base: TByteBase) {
    this.id = identity.id;
    this.hostConnectionId = identity.hostConnectionId;
    this.routeName = identity.routeName;
    this.clientIp = identity.clientIp;
    this.domain = identity.domain;
    this.port = identity.port;
    const openedUs = Math.floor(identity.openedAt * US_IN_MS);
    this.#openedMs = Math.floor(openedUs / US_IN_MS);
    this.#flags = (openedUs - this.#openedMs * US_IN_MS) << MICROSECONDS_SHIFT;
    this.#sinceLoaded = identity.timestamp - LOADED_AT;
    this.type = identity.type;
    this.socket = socket;
    // A foreign socket (any duplex stream) may lack the counters: then nothing is subtracted, and nothing ever added.
    const read = socket.bytesRead;
    const bytesIn = base === 'unshifted' && typeof read === 'number' ? read - socket.readableLength : 0;
    const bytesOut = socket.bytesWritten || 0;
    this.#base = bytesIn === 0 && bytesOut === 0 ? null : { bytesIn, bytesOut };
  }

  /** Monotonic, ms, to the microsecond. */
  get openedAt(): number {
    return this.#openedMs + ((this.#flags >> MICROSECONDS_SHIFT) & MICROSECONDS_MASK) / US_IN_MS;
  }

  /** `openedAt` in Unix time, ms. */
  get timestamp(): number {
    return LOADED_AT + this.#sinceLoaded;
  }

  /** As the host tells it, until the connection is told. */
  get type(): TConnectionType {
    return TYPES[(this.#flags >> TYPE_SHIFT) & TYPE_MASK] ?? 'tcp';
  }

  set type(type: TConnectionType) {
    this.#flags = (this.#flags & ~(TYPE_MASK << TYPE_SHIFT)) | (TYPES.indexOf(type) << TYPE_SHIFT);
  }

  /** Whether this walk over the open connections has shown it. Each one shows all, so that the number may wrap. */
  isShownIn(walk: number): boolean {
    return this.#flags >> WALK_SHIFT === walkMark(walk);
  }

  setShownIn(walk: number): void {
    this.#flags = (this.#flags & ~(WALK_MASK << WALK_SHIFT)) | (walkMark(walk) << WALK_SHIFT);
  }

  /** Whether `connection-open` was told. */
  get told(): boolean {
    return this.#is(TOLD);
  }

  set told(told: boolean) {
    this.#set(TOLD, told);
  }

  get halfOpen(): boolean {
    return this.#is(HALF_OPEN);
  }

  set halfOpen(halfOpen: boolean) {
    this.#set(HALF_OPEN, halfOpen);
  }

  get handlerFailed(): boolean {
    return this.#is(HANDLER_FAILED);
  }

  set handlerFailed(failed: boolean) {
    this.#set(HANDLER_FAILED, failed);
  }

  /** Our side ended before the client's did. */
  get serverEndedFirst(): boolean {
    return this.#is(SERVER_ENDED_FIRST);
  }

  set serverEndedFirst(first: boolean) {
    this.#set(SERVER_ENDED_FIRST, first);
  }

  /** Seen destroyed but not yet closed by an earlier pass. */
  get seenDestroyed(): boolean {
    return this.#is(SEEN_DESTROYED);
  }

  set seenDestroyed(seen: boolean) {
    this.#set(SEEN_DESTROYED, seen);
  }

  /** The socket has timed out, and nothing has come since. */
  get timedOut(): boolean {
    return this.#is(TIMED_OUT);
  }

  set timedOut(timedOut: boolean) {
    this.#set(TIMED_OUT, timedOut);
  }

  readBytesIn(): number {
    // No counter of ours ever falls.
    return Math.max(this.bytesIn, (this.socket.bytesRead || 0) - (this.#base?.bytesIn ?? 0));
  }

  /** While open: what has left our process's buffers. */
  readBytesOut(queue: number): number {
    return Math.max(this.bytesOut, (this.socket.bytesWritten || 0) - queue - (this.#base?.bytesOut ?? 0));
  }

  /**
   * After the end: what was dispatched to the kernel. Exact where nothing was queued; with a queue the peer received
   * at most this. (`writableLength` is no help here: a destroyed stream says 0, and a single large write that is half
   * sent counts as wholly queued while it is open, so subtracting it would tell less than the peer received.)
   */
  readFinalBytesOut(): number {
    return Math.max(this.bytesOut, (this.socket.bytesWritten || 0) - (this.#base?.bytesOut ?? 0));
  }

  #is(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }

  #set(flag: number, value: boolean): void {
    this.#flags = value ? this.#flags | flag : this.#flags & ~flag;
  }
}

/** 0 is that of no walk. */
function walkMark(walk: number): number {
  return 1 + (walk % WALK_MASK);
}
