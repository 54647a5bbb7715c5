import type { IClock } from '../interfaces/options.js';
import type { IOpenConnection } from '../interfaces/source.js';
import type { Connection } from './classes.connection.js';
import type { ConnectionTable } from './classes.connectiontable.js';

/** Longest run of one slice, ms. */
const SLICE_MS = 1;
/** Records between two looks at the clock. */
const BATCH = 16;

interface IVisitor {
  readonly visit: (connection: IOpenConnection) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Shows the open connections in slices that give the event loop back. One walk at a time serves all who asked before it. */
export class OpenWalk {
  readonly #table: ConnectionTable;
  readonly #clock: IClock;
  #waiting: IVisitor[] = [];
  #served: IVisitor[] = [];
  #walking = false;
  #walk = 0;
  #cursor = -1;

  constructor(table: ConnectionTable, clock: IClock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Resolves after one walk that begins after this call; rejects with what `visit` throws. */
  visit(visit: (connection: IOpenConnection) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ visit, resolve, reject });
      if (this.#walking) return;
      this.#walking = true;
      setImmediate(() => this.#begin());
    });
  }

  #begin(): void {
    this.#served = this.#waiting;
    this.#waiting = [];
    this.#walk++;
    // Downwards: the record that takes an ended one's place comes from the end, so none that stays is passed over.
    this.#cursor = this.#table.size - 1;
    this.#slice();
  }

  #slice(): void {
    const until = this.#clock.now() + SLICE_MS;
    let batch = BATCH;
    // To the end, also where nobody looks any more: marks that a walk left out would be taken for those of a later one.
    while (this.#cursor >= 0) {
      const connection = this.#table.at(this.#cursor--);
      // One that was shown may have moved down into an ended one's place.
      if (connection?.told === true && !connection.isShownIn(this.#walk)) this.#show(connection);
      if (--batch > 0) continue;
      batch = BATCH;
      if (this.#clock.now() < until) continue;
      setImmediate(() => this.#slice());
      return;
    }
    for (const { resolve } of this.#served.splice(0)) resolve();
    this.#walking = this.#waiting.length > 0;
    if (this.#walking) setImmediate(() => this.#begin());
  }

  #show(connection: Connection): void {
    connection.setShownIn(this.#walk);
    if (this.#served.length === 0) return;
    const shown = openConnection(connection);
    for (const visitor of this.#served) {
      try {
        visitor.visit(shown);
      } catch (error) {
        visitor.reject(error);
        this.#served = this.#served.filter((other) => other !== visitor);
      }
    }
  }
}

function openConnection(connection: Connection): IOpenConnection {
  return {
    connectionId: connection.id,
    hostConnectionId: connection.hostConnectionId,
    routeName: connection.routeName,
    type: connection.type,
    clientIp: connection.clientIp,
    domain: connection.domain,
    port: connection.port,
    openedAt: connection.timestamp,
    bytesIn: connection.bytesIn,
    bytesOut: connection.bytesOut,
    sendQueue: connection.sendQueue,
    halfOpen: connection.halfOpen,
  };
}
