import type {
  IConnectionCloseEvent,
  IConnectionOpenEvent,
  IDnsEvents,
  IProxyEvents,
  IQueryAnsweredEvent,
  IQueryReceivedEvent,
} from '../../ts/interfaces/events.js';
import type { IClock } from '../../ts/interfaces/options.js';
import type {
  IDnsReadings,
  IDnsSource,
  IProxyReadings,
  IProxySource,
  ISubscribeOptions,
  TListener,
} from '../../ts/interfaces/source.js';
import { FencedEmitter } from '../../ts/shared/fencedemitter.js';

type TMutable<T> = { -readonly [K in keyof T]: T[K] };

/** A clock that goes when it is told to. */
export class FakeClock implements IClock {
  ms = 0;
  readonly #wallAtZero: number;

  constructor(wallAtZero = 1_700_000_000_000) {
    this.#wallAtZero = wallAtZero;
  }

  now(): number {
    return this.ms;
  }

  wall(): number {
    return this.#wallAtZero + this.ms;
  }

  advance(ms: number): void {
    this.ms += ms;
  }
}

class FakeEmitter<TEvents extends object> {
  readonly #emitter = new FencedEmitter<TEvents>();

  get listenerErrors(): number {
    return this.#emitter.listenerErrors;
  }

  on<K extends keyof TEvents & string>(event: K, listener: TListener<TEvents[K]>, options?: ISubscribeOptions): this {
    this.#emitter.on(event, listener, options);
    return this;
  }

  once<K extends keyof TEvents & string>(event: K, listener: TListener<TEvents[K]>): this {
    this.#emitter.once(event, listener);
    return this;
  }

  off<K extends keyof TEvents & string>(event: K, listener: TListener<TEvents[K]>): this {
    this.#emitter.off(event, listener);
    return this;
  }

  has(event: keyof TEvents & string): boolean {
    return this.#emitter.has(event);
  }

  /** Any event, also a wrong one: nothing is kept in step. */
  emit<K extends keyof TEvents & string>(event: K, value: TEvents[K]): void {
    this.#emitter.emit(event, value);
  }
}

interface IFakeConnection {
  readonly open: IConnectionOpenEvent;
  bytesIn: number;
  bytesOut: number;
}

/** A proxy source that tells what it is told to: the short methods keep its own book true, `emit` does not. */
export class FakeProxySource extends FakeEmitter<IProxyEvents> implements IProxySource {
  readonly kind = 'proxy';
  readonly reading: TMutable<IProxyReadings> = {
    routes: [],
    pending: null,
    sampledAt: null,
    forwarded: null,
    host: null,
    listenerErrors: 0,
  };
  readonly #open = new Map<number, IFakeConnection>();
  #lastId = 0;
  sweeps = 0;

  constructor(...routes: string[]) {
    super();
    this.reading.routes = routes;
  }

  activeCount(): number {
    return this.#open.size;
  }

  readings(): IProxyReadings {
    return { ...this.reading };
  }

  async sweep(): Promise<void> {
    this.sweeps++;
  }

  open(routeName: string, more: Partial<IConnectionOpenEvent> = {}): number {
    const connectionId = ++this.#lastId;
    const open = {
      connectionId,
      routeName,
      type: 'tcp',
      clientIp: '192.0.2.1',
      port: 8080,
      timestamp: 0,
      ...more,
    } as const;
    this.#open.set(connectionId, { open, bytesIn: 0, bytesOut: 0 });
    this.emit('connection-open', open);
    return connectionId;
  }

  traffic(connectionId: number, bytesIn: number, bytesOut: number, sendQueue = 0, halfOpen = false): void {
    const connection = this.#known(connectionId);
    const { routeName, clientIp } = connection.open;
    connection.bytesIn += bytesIn;
    connection.bytesOut += bytesOut;
    this.emit('traffic', { connectionId, routeName, clientIp, bytesIn, bytesOut, sendQueue, halfOpen });
  }

  close(connectionId: number, more: Partial<IConnectionCloseEvent> = {}): void {
    const { open, bytesIn, bytesOut } = this.#known(connectionId);
    this.#open.delete(connectionId);
    const { routeName, type, clientIp } = open;
    this.emit('connection-close', {
      connectionId,
      routeName,
      type,
      clientIp,
      duration: 0,
      bytesIn,
      bytesOut,
      bytesTransferred: bytesIn + bytesOut,
      reason: 'client-end',
      reaped: false,
      timestamp: 0,
      ...more,
    });
  }

  upgrade(connectionId: number, protocol = 'websocket'): void {
    this.emit('connection-upgrade', { connectionId, routeName: this.#known(connectionId).open.routeName, protocol });
  }

  startRequest(connectionId: number, routeName: string, method = 'GET'): void {
    this.emit('request-start', { connectionId, routeName, method });
  }

  endRequest(
    connectionId: number,
    routeName: string,
    statusCode: number | null = 200,
    method = 'GET',
    durationMs = 1,
  ): void {
    this.emit('request', { connectionId, routeName, method, statusCode, durationMs, timestamp: 0 });
  }

  #known(connectionId: number): IFakeConnection {
    const connection = this.#open.get(connectionId);
    if (connection === undefined) throw new Error(`the fake source has no connection ${connectionId}`);
    return connection;
  }
}

/** A DNS source that tells what it is told to: `ask` and `answer` keep its own book true, `emit` does not. */
export class FakeDnsSource extends FakeEmitter<IDnsEvents> implements IDnsSource {
  readonly kind = 'dns';
  readonly reading: TMutable<IDnsReadings> = { handlers: [], unwrappedHandlers: null, listenerErrors: 0 };
  readonly #inFlight = new Map<number, IQueryReceivedEvent>();
  #lastId = 0;

  activeCount(): number {
    return this.#inFlight.size;
  }

  readings(): IDnsReadings {
    return { ...this.reading };
  }

  ask(domain: string, more: Partial<IQueryReceivedEvent> = {}): number {
    const queryId = ++this.#lastId;
    const query: IQueryReceivedEvent = { queryId, type: 'A', domain, source: 'unknown', timestamp: 0, ...more };
    this.#inFlight.set(queryId, query);
    this.emit('query-received', query);
    return queryId;
  }

  answer(queryId: number, more: Partial<IQueryAnsweredEvent> = {}): void {
    const { type, domain, source } = this.#take(queryId);
    this.emit('query-answered', {
      queryId,
      source,
      type,
      domain,
      result: null,
      cached: false,
      responseTime: 1,
      answered: true,
      ...more,
    });
  }

  drop(queryId: number, reason: 'overload' | 'client-gone' | 'shutdown' = 'overload'): void {
    const { type, source } = this.#take(queryId);
    this.emit('query-dropped', { queryId, source, type, reason });
  }

  #take(queryId: number): IQueryReceivedEvent {
    const query = this.#inFlight.get(queryId);
    if (query === undefined) throw new Error(`the fake source has no query ${queryId}`);
    this.#inFlight.delete(queryId);
    return query;
  }
}
