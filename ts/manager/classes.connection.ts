import type { TProtocolLabel } from '../shared/labels.js';
import type { Route } from './classes.route.js';

const PROTOCOLS: readonly (TProtocolLabel | null)[] = [null, 'websocket', 'h2c', 'other'];

const HALF_OPEN = 1;
const [PROTOCOL_SHIFT, PROTOCOL_MASK] = [1, 0b11];
const REQUESTS_SHIFT = 3;

/**
 * One open connection. It holds its route from open to close, so that no later event looks a name up. There may be a
 * hundred thousand: what is mostly nothing shares one field, a small integer, which V8 keeps in the field itself.
 */
export class Connection {
  readonly id: number;
  readonly route: Route;
  /** After privacy, a `topKey`; `null`: not known or not kept. */
  readonly client: string | null;
  /** In the list by bytes: a pass over many finds no address in the processor's cache. */
  readonly clientHash: number;
  /** Monotonic, whole ms: V8 makes an object of every number that is no small integer. */
  readonly openedAt: number;
  bytesIn = 0;
  bytesOut = 0;
  sendQueue = 0;
  /** Neighbours among the open connections of the route, in the order of their opening. */
  older: Connection | null = null;
  newer: Connection | null = null;
  /** In the same bucket of the open connections. */
  next: Connection | null = null;
  #state = 0;

  constructor(id: number, route: Route, client: string | null, clientHash: number, openedAt: number) {
    this.id = id;
    this.route = route;
    this.client = client;
    this.clientHash = clientHash;
    this.openedAt = Math.ceil(openedAt);
  }

  get halfOpen(): boolean {
    return (this.#state & HALF_OPEN) !== 0;
  }

  set halfOpen(halfOpen: boolean) {
    this.#state = halfOpen ? this.#state | HALF_OPEN : this.#state & ~HALF_OPEN;
  }

  /** Label of the protocol it was upgraded to. */
  get protocol(): TProtocolLabel | null {
    return PROTOCOLS[(this.#state >> PROTOCOL_SHIFT) & PROTOCOL_MASK] ?? null;
  }

  set protocol(protocol: TProtocolLabel | null) {
    this.#state = (this.#state & ~(PROTOCOL_MASK << PROTOCOL_SHIFT)) | (PROTOCOLS.indexOf(protocol) << PROTOCOL_SHIFT);
  }

  /** Requests started and not yet ended. */
  get requests(): number {
    return this.#state >> REQUESTS_SHIFT;
  }

  set requests(requests: number) {
    this.#state = (this.#state & ((1 << REQUESTS_SHIFT) - 1)) | (requests << REQUESTS_SHIFT);
  }
}
