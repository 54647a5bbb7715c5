import { diagnosticsChannel } from '../plugins.js';
import type { net } from '../plugins.js';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { IProxyEvents } from '../interfaces/events.js';
import type { IClock } from '../interfaces/options.js';
import type { FencedEmitter } from '../shared/fencedemitter.js';
import type { Connection } from './classes.connection.js';
import type { ConnectionTable } from './classes.connectiontable.js';
import { markHttpSocket } from './httpmark.js';

const CHANNEL = 'http.server.request.start';
/** `'upgrade'` listeners of all observers: none of them is an application's, so none keeps another one in place. */
const ours = new WeakSet<object>();
const isOurs = (listener: object): boolean => ours.has(listener);

/** A request whose response has not closed yet. */
export class TrackedRequest {
  readonly #observer: HttpObserver;
  readonly connection: Connection;
  readonly response: ServerResponse;
  readonly method: string;
  readonly startedAt: number;
  /** Neighbours among those of the same connection, in the order of their beginning. */
  older: TrackedRequest | undefined = undefined;
  newer: TrackedRequest | undefined = undefined;
  #ended = false;

  constructor(
    observer: HttpObserver,
    connection: Connection,
    response: ServerResponse,
    method: string,
    startedAt: number,
  ) {
    this.#observer = observer;
    this.connection = connection;
    this.response = response;
    this.method = method;
    this.startedAt = startedAt;
  }

  /** Tells the request's end, once. It was aborted unless its response was handed over whole. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#observer.tellEnd(this);
  }
}

interface IStartMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: net.Socket;
  readonly server: Server;
}

/**
 * Attributes HTTP requests and upgrades to the connections they came on, without touching their data: requests from
 * Node's diagnostics channel, upgrades from an `'upgrade'` listener that exists only while the server has another one
 * (alone it would turn a 200 into a hang).
 */
export class HttpObserver {
  readonly #emitter: FencedEmitter<IProxyEvents>;
  readonly #table: ConnectionTable;
  readonly #clock: IClock;
  readonly #servers = new Map<Server, () => void>();
  /** On a response. Not shared: several observers may watch the same server. */
  readonly #key = Symbol('routemeter.request');
  readonly #onStart: (message: unknown) => void;
  readonly #onClose: (this: ServerResponse) => void;

  constructor(emitter: FencedEmitter<IProxyEvents>, table: ConnectionTable, clock: IClock) {
    this.#emitter = emitter;
    this.#table = table;
    this.#clock = clock;
    this.#onStart = (message) => {
      try {
        this.#start(message as IStartMessage);
      } catch {
        // A subscriber that throws ends the process.
      }
    };
    const key = this.#key;
    this.#onClose = function (this: ServerResponse): void {
      const request = keyed(this)[key];
      if (request instanceof TrackedRequest) request.end();
    };
  }

  /** Returns what ends the observation. Observing a server twice is observing it once. */
  observe(server: Server): () => void {
    const known = this.#servers.get(server);
    if (known !== undefined) return known;
    const giveBack = this.#listen(server);
    if (this.#servers.size === 0) diagnosticsChannel.subscribe(CHANNEL, this.#onStart);
    const stop = (): void => {
      if (!this.#servers.delete(server)) return;
      giveBack();
      if (this.#servers.size === 0) diagnosticsChannel.unsubscribe(CHANNEL, this.#onStart);
    };
    this.#servers.set(server, stop);
    return stop;
  }

  stop(): void {
    for (const stop of [...this.#servers.values()]) stop();
  }

  /** Called by a request at its end. */
  tellEnd(request: TrackedRequest): void {
    const { connection, response } = request;
    unlink(connection, request);
    this.#emitter.emit('request', {
      connectionId: connection.id,
      routeName: connection.routeName,
      method: request.method,
      statusCode: response.writableFinished ? response.statusCode : null,
      durationMs: this.#clock.now() - request.startedAt,
      timestamp: this.#clock.wall(),
    });
  }

  #start({ request, response, socket, server }: IStartMessage): void {
    if (!this.#servers.has(server)) return;
    const connection = this.#table.find(socket);
    if (connection === undefined || connection.index < 0) return;
    const method = request.method ?? '';
    const tracked = new TrackedRequest(this, connection, response, method, this.#clock.now());
    keyed(response)[this.#key] = tracked;
    response.on('close', this.#onClose);
    link(connection, tracked);
    this.#table.tell(connection);
    const { id, routeName } = connection;
    this.#emitter.emit('request-start', { connectionId: id, routeName, method });
  }

  #listen(server: Server): () => void {
    const onConnection = (socket: net.Socket): void => markHttpSocket(socket);
    const onUpgrade = (request: IncomingMessage, socket: net.Socket): void => this.#upgrade(request, socket);
    ours.add(onUpgrade);
    // In front: the application's own listener answers at once, and what it wrote must be told from what was before.
    const onNew = (event: string | symbol, listener: object): void => {
      if (event !== 'upgrade' || isOurs(listener)) return;
      if (!server.listeners('upgrade').includes(onUpgrade)) server.prependListener('upgrade', onUpgrade);
    };
    const onRemove = (event: string | symbol, listener: object): void => {
      if (event !== 'upgrade' || isOurs(listener)) return;
      if (server.listeners('upgrade').every(isOurs)) server.off('upgrade', onUpgrade);
    };
    // Before other listeners: one of them may be a wrapped handler, which asks for the mark.
    server.prependListener('connection', onConnection);
    server.prependListener('secureConnection', onConnection);
    if (!server.listeners('upgrade').every(isOurs)) server.prependListener('upgrade', onUpgrade);
    server.on('newListener', onNew);
    server.on('removeListener', onRemove);
    return () => {
      server.off('connection', onConnection);
      server.off('secureConnection', onConnection);
      server.off('newListener', onNew);
      server.off('removeListener', onRemove);
      server.off('upgrade', onUpgrade);
    };
  }

  #upgrade(request: IncomingMessage, socket: net.Socket): void {
    const connection = this.#table.find(socket);
    if (connection === undefined) return;
    const protocol = String(request.headers.upgrade ?? '').toLowerCase();
    const { bytesRead, bytesWritten } = socket;
    connection.upgrade = { protocol, socket, bytesRead, bytesWritten, answered: false };
    // After the server's own listeners: most of them answer at once. The sampler looks again.
    process.nextTick(() => this.#table.settleUpgrade(connection));
  }
}

function link(connection: Connection, request: TrackedRequest): void {
  const { newestRequest } = connection;
  request.older = newestRequest;
  if (newestRequest !== undefined) newestRequest.newer = request;
  connection.newestRequest = request;
}

function unlink(connection: Connection, request: TrackedRequest): void {
  const { older, newer } = request;
  if (newer !== undefined) newer.older = older;
  else if (connection.newestRequest === request) connection.newestRequest = older;
  if (older !== undefined) older.newer = newer;
  // A response that somebody holds must not hold the others.
  request.older = request.newer = undefined;
}

function keyed(response: ServerResponse): { [key: symbol]: unknown } {
  return response as unknown as { [key: symbol]: unknown };
}
