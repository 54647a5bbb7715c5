import type { Route } from './classes.route.js';

/** One open connection. It holds its route from open to close, so that no later event looks a name up. */
export class Connection {
  readonly id: number;
  readonly route: Route;
  /** After privacy; `null`: not known or not kept. */
  readonly client: string | null;
  /** Monotonic, whole ms: V8 keeps small integers in the field itself, and makes an object of every other number. */
  readonly openedAt: number;
  /** Label of the protocol it was upgraded to. */
  protocol: string | null = null;
  bytesIn = 0;
  bytesOut = 0;
  sendQueue = 0;
  halfOpen = false;
  /** Requests started and not yet ended. */
  requests = 0;
  /** Neighbours among the open connections of the route, in the order of their opening. */
  older: Connection | null = null;
  newer: Connection | null = null;
  /** In the same bucket of the open connections. */
  next: Connection | null = null;

  constructor(id: number, route: Route, client: string | null, openedAt: number) {
    this.id = id;
    this.route = route;
    this.client = client;
    this.openedAt = Math.ceil(openedAt);
  }
}
