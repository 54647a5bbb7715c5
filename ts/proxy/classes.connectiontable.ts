import type { net } from '../plugins.js';
import type { IProxyEvents, TConnectionType } from '../interfaces/events.js';
import type { IClock } from '../interfaces/options.js';
import type { FencedEmitter } from '../shared/fencedemitter.js';
import { Connection, type IConnectionIdentity, type TByteBase } from './classes.connection.js';
import { SharedAddresses } from './classes.sharedaddresses.js';
import { closeReason } from './closereason.js';
import type { TrackedRequest } from './classes.httpobserver.js';
import type { Visits } from './classes.visits.js';
import { isHttpSocket } from './httpmark.js';

interface IKeyed {
  [key: symbol]: unknown;
}

/** The wrapper's own book of open connections: opens, samples and ends records, and tells each step as an event. */
export class ConnectionTable {
  // Dense, so that a pass is a walk over an array; the last record takes the place of one that ends.
  readonly #open: Connection[] = [];
  // A property of the socket costs less than a WeakMap, and one set of listeners for all sockets less than closures.
  readonly #key = Symbol('routemeter.connection');
  readonly visits: Visits;
  readonly addresses = new SharedAddresses();
  #active = 0;
  readonly #emitter: FencedEmitter<IProxyEvents>;
  readonly #clock: IClock;
  readonly #onClose: (this: net.Socket) => void;
  readonly #onFinish: (this: net.Socket) => void;
  readonly #onTimeout: (this: net.Socket) => void;
  readonly #onFirst: () => void;

  /** `visits`: of the sampler. `onFirst` is called when the table stops being empty. */
  constructor(emitter: FencedEmitter<IProxyEvents>, clock: IClock, visits: Visits, onFirst: () => void) {
    this.visits = visits;
    this.#emitter = emitter;
    this.#clock = clock;
    this.#onFirst = onFirst;
    const find = (socket: net.Socket): Connection | undefined => this.find(socket);
    const finish = (connection: Connection): void => this.finish(connection, false);
    const timeOut = (connection: Connection): void => {
      try {
        // What came before is told now, so that bytes that are told later are those that came after it.
        this.#catchUp(connection);
        // Without a counter nothing would tell that it went on.
        connection.timedOut = typeof connection.socket.bytesRead === 'number';
      } catch {
        // A socket that is none of Node's own may throw when it is read: the application's listeners come after ours.
      }
    };
    this.#onClose = function (this: net.Socket): void {
      const connection = find(this);
      if (connection !== undefined) finish(connection);
    };
    this.#onFinish = function (this: net.Socket): void {
      const connection = find(this);
      if (connection !== undefined && !this.readableEnded) connection.serverEndedFirst = true;
    };
    this.#onTimeout = function (this: net.Socket): void {
      const connection = find(this);
      if (connection !== undefined) timeOut(connection);
    };
  }

  get size(): number {
    return this.#open.length;
  }

  /**
   * Connections whose opening was told and whose end was not: it changes with the event itself, so that whoever reads
   * from a handler or a listener finds both books alike.
   */
  get active(): number {
    return this.#active;
  }

  at(index: number): Connection | undefined {
    return this.#open[index];
  }

  /** The record of a socket; for a TLS socket that a handler made itself, that of the socket below it. */
  find(socket: net.Socket): Connection | undefined {
    const direct = keyed(socket)[this.#key];
    if (direct instanceof Connection) return direct;
    const parent: unknown = (socket as { _parent?: unknown })._parent;
    if (typeof parent !== 'object' || parent === null) return undefined;
    const below = (parent as IKeyed)[this.#key];
    return below instanceof Connection ? below : undefined;
  }

  /** Starts a record. Nothing is told until `tell`, so that the handler comes first and its server can be recognised. */
  add(identity: IConnectionIdentity, socket: net.Socket, base: TByteBase): Connection {
    const connection = new Connection(identity, socket, base);
    keyed(socket)[this.#key] = connection;
    // Only listeners that neither start the flow nor hide an error.
    socket.on('close', this.#onClose);
    socket.on('finish', this.#onFinish);
    socket.on('timeout', this.#onTimeout);
    connection.index = this.#open.length;
    this.#open.push(connection);
    this.visits.add(connection.index);
    if (this.#open.length === 1) this.#onFirst();
    return connection;
  }

  tell(connection: Connection): void {
    if (connection.told) return;
    connection.told = true;
    connection.type = typeOf(connection);
    this.#active++;
    this.#emitter.emit('connection-open', {
      connectionId: connection.id,
      hostConnectionId: connection.hostConnectionId,
      routeName: connection.routeName,
      type: connection.type,
      clientIp: connection.clientIp,
      domain: connection.domain,
      port: connection.port,
      timestamp: connection.timestamp,
    });
  }

  /**
   * Tells what moved since the last reading; ends a record whose socket ended without telling its listeners. Returns
   * whether the next pass should look again.
   */
  sample(connection: Connection): boolean {
    const { socket } = connection;
    if (socket.destroyed) {
      // `destroyed` and `closed` are true well before 'close', which comes when the loop closes the handle: a pass can
      // fall in between. Where our listener still stands we shall be told; a socket that was over before we came never
      // tells, and is ended by the next pass.
      const waits = socket.listeners('close').includes(this.#onClose) && !connection.seenDestroyed;
      if (!waits) {
        this.finish(connection, true);
        return false;
      }
      connection.seenDestroyed = true;
      // Its end is told later, its bytes are not.
      this.#traffic(connection, connection.readBytesIn(), connection.readFinalBytesOut(), 0, false);
      return true;
    }
    const moved = this.#catchUp(connection);
    if (connection.upgrade === undefined) return moved;
    this.settleUpgrade(connection);
    return true;
  }

  /** Ends a record, once, whatever else tells that the socket is gone. */
  finish(connection: Connection, reaped: boolean): void {
    const { index } = connection;
    if (index < 0) return;
    this.tell(connection);
    this.settleUpgrade(connection);
    this.#remove(connection, index);
    endRequests(connection);
    this.#traffic(connection, connection.readBytesIn(), connection.readFinalBytesOut(), 0, false);
    this.#active--;
    this.#emitter.emit('connection-close', {
      connectionId: connection.id,
      routeName: connection.routeName,
      type: connection.type,
      clientIp: connection.clientIp,
      duration: this.#clock.now() - connection.openedAt,
      bytesIn: connection.bytesIn,
      bytesOut: connection.bytesOut,
      bytesTransferred: connection.bytesIn + connection.bytesOut,
      reason: closeReason(connection, reaped),
      reaped,
      timestamp: this.#clock.wall(),
    });
  }

  /**
   * Decides an upgrade by what the socket shows, since its data are not ours to read: once the server has written, it
   * was accepted if the client goes on to send, or if the connection is still open at a later look. One that ends
   * before was refused.
   */
  settleUpgrade(connection: Connection): void {
    const { upgrade } = connection;
    if (upgrade === undefined) return;
    const { socket, protocol } = upgrade;
    const answered = socket.bytesWritten > upgrade.bytesWritten;
    const goesOn = socket.bytesRead > upgrade.bytesRead;
    const open = connection.index >= 0 && !socket.destroyed && !socket.writableEnded;
    if (answered && (goesOn || (open && upgrade.answered))) {
      connection.upgrade = undefined;
      if (protocol === 'websocket') connection.type = 'websocket';
      const { id, routeName } = connection;
      this.#emitter.emit('connection-upgrade', { connectionId: id, routeName, protocol });
    } else if (open) {
      upgrade.answered = answered;
    } else {
      connection.upgrade = undefined;
    }
  }

  /** Tells what moved of one that is open. */
  #catchUp(connection: Connection): boolean {
    const { socket } = connection;
    const queue = socket.writableLength;
    return this.#traffic(
      connection,
      connection.readBytesIn(),
      connection.readBytesOut(queue),
      queue,
      socket.readableEnded !== socket.writableEnded,
    );
  }

  #traffic(connection: Connection, bytesIn: number, bytesOut: number, queue: number, halfOpen: boolean): boolean {
    const moved = bytesIn !== connection.bytesIn || bytesOut !== connection.bytesOut;
    if (!moved && queue === connection.sendQueue && halfOpen === connection.halfOpen) return false;
    const { id, routeName, clientIp } = connection;
    const newIn = bytesIn - connection.bytesIn;
    const newOut = bytesOut - connection.bytesOut;
    connection.bytesIn = bytesIn;
    connection.bytesOut = bytesOut;
    connection.sendQueue = queue;
    connection.halfOpen = halfOpen;
    if (newIn > 0) connection.timedOut = false;
    this.tell(connection);
    this.#emitter.emit('traffic', {
      connectionId: id,
      routeName,
      clientIp,
      bytesIn: newIn,
      bytesOut: newOut,
      sendQueue: queue,
      halfOpen,
    });
    return true;
  }

  #remove(connection: Connection, index: number): void {
    const last = this.#open.pop();
    if (last !== undefined && last !== connection) {
      this.#open[index] = last;
      last.index = index;
      this.visits.move(this.#open.length, index);
    }
    connection.index = -1;
    const { socket } = connection;
    socket.off('close', this.#onClose);
    socket.off('finish', this.#onFinish);
    socket.off('timeout', this.#onTimeout);
    // The socket may outlive its connection in somebody's hands: it must not hold the record.
    keyed(socket)[this.#key] = undefined;
  }
}

function keyed(socket: net.Socket): IKeyed {
  return socket as unknown as IKeyed;
}

/** In the order of their beginning. */
function endRequests(connection: Connection): void {
  let request = connection.newestRequest;
  if (request === undefined) return;
  const requests: TrackedRequest[] = [];
  for (; request !== undefined; request = request.older) requests.push(request);
  // The oldest first. A listener may end others meanwhile.
  for (const each of requests.reverse()) each.end();
}

function typeOf(connection: Connection): TConnectionType {
  const { type } = connection;
  const mark = isHttpSocket(connection.socket);
  if (mark === undefined) return type;
  return mark === 'https' || type === 'tls' || type === 'https' ? 'https' : 'http';
}
