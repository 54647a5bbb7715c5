import type { IRouteConfig, IRouteContext } from '../interfaces/smartproxy.js';
import type { IHostCounters, TListener } from '../interfaces/source.js';
import { markCloseReason } from '../shared/closereason.js';
import { FencedEmitter } from '../shared/fencedemitter.js';
import { Connection, type IConnectionHost } from './classes.connection.js';
import { Listeners } from './classes.listeners.js';
import { compileRoutes } from './compile.js';
import type { IForwardHooks } from './forward.js';
import type { net } from './plugins.js';
import { checkDrain, checkOptions } from './proxyoptions.js';
import type { IRoute } from './route.js';
import type { IEmbeddedProxyEvents, IEmbeddedProxyOptions, IUnroutedEvent, TWrapHandler } from './types.js';

/**
 * A small host for routes as SmartProxy documents them, for development, tests and small set-ups. It routes connections,
 * not requests: the first Host header decides for the whole connection.
 *
 * Wrong routes and options throw at construction; `updateRoutes` rejects and keeps the old set.
 */
export class EmbeddedProxy {
  readonly #events = new FencedEmitter<IEmbeddedProxyEvents>();
  readonly #listeners: Listeners;
  readonly #maxConnections: number;
  readonly #host: IConnectionHost;
  readonly #live = new Set<Connection>();
  readonly #pending = new Set<Connection>();
  readonly #backends = new Set<net.Socket>();
  readonly #connectErrors = new Map<string, number>();
  readonly #retries = new Map<string, number>();
  #handshakeErrors = 0;
  #purgeAt = 1024;
  #routes: readonly IRoute[] = [];
  #wraps: readonly TWrapHandler[] = [];
  #running = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: IEmbeddedProxyOptions) {
    const { address, headTimeoutMs, maxConnections, trusts } = checkOptions(options);
    this.#maxConnections = maxConnections;
    this.#listeners = new Listeners(
      address,
      (socket, port) => this.#accept(socket, port),
      (error) => this.#events.emit('error', error),
    );
    this.#host = {
      headTimeoutMs,
      trusts,
      candidates: (port, clientIp) =>
        this.#routes.filter((route) => route.ports.has(port) && (route.clientIp === null || route.clientIp(clientIp))),
      routed: (connection, route, context) => this.#routed(connection, route, context),
      unrouted: (connection, event) => this.#unrouted(connection, event),
    };
    this.#adopt(this.#compile(options.routes));
  }

  /** The current routes, where SmartProxy has them. */
  get settings(): { readonly routes: readonly IRouteConfig[] } {
    return { routes: this.#routes.map((route) => route.config) };
  }

  on<K extends keyof IEmbeddedProxyEvents>(event: K, listener: TListener<IEmbeddedProxyEvents[K]>): this {
    this.#events.on(event, listener);
    return this;
  }

  once<K extends keyof IEmbeddedProxyEvents>(event: K, listener: TListener<IEmbeddedProxyEvents[K]>): this {
    this.#events.once(event, listener);
    return this;
  }

  off<K extends keyof IEmbeddedProxyEvents>(event: K, listener: TListener<IEmbeddedProxyEvents[K]>): this {
    this.#events.off(event, listener);
    return this;
  }

  /** Opens every port of the routes, or rejects (a busy port is named) with none open. */
  async start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#running) return;
      try {
        await this.#listeners.open(portsOf(this.#routes));
      } catch (error) {
        // Somebody may have connected to a port that was open for a moment.
        await this.#halt(0);
        throw error;
      }
      this.#running = true;
    });
  }

  /**
   * Stops accepting, lets open connections end for `drainMs` (default 5,000), then ends the rest as `shutdown`.
   * Resolves when every socket is closed.
   */
  async stop(options?: { readonly drainMs?: number | undefined }): Promise<void> {
    const drainMs = checkDrain(options);
    return this.#inTurn(() => this.#halt(drainMs));
  }

  /** Opens and closes ports as needed. Connections keep the route they have. Rejects with the old set untouched. */
  async updateRoutes(routes: readonly IRouteConfig[]): Promise<void> {
    return this.#inTurn(async () => {
      const compiled = this.#compile(routes);
      const wanted = portsOf(compiled);
      try {
        if (this.#running) await this.#listeners.open(wanted);
        this.#adopt(compiled);
      } finally {
        // The new set's where it was adopted, the old one's where a port or a wrap refused it.
        this.#listeners.closeAllBut(portsOf(this.#routes));
      }
    });
  }

  /**
   * Puts `wrap` around the handler of every route, forwards included, now and after each update. What it returns takes
   * it off again. Connections that are open keep the handler they were given to.
   */
  wrapHandlers(wrap: TWrapHandler): () => void {
    // Its own function, so that the same wrap given twice is taken off once.
    const entry: TWrapHandler = (handler, routeName) => wrap(handler, routeName);
    this.#rewrap(this.#routes, [...this.#wraps, entry]);
    return () => this.#rewrap(this.#routes, this.#wraps.filter((other) => other !== entry)); // prettier-ignore
  }

  /** The ports that are bound, in the order in which they were opened. */
  getListeningPorts(): number[] {
    return this.#listeners.boundPorts();
  }

  /** Connections accepted and neither handed to a route nor ended. */
  pendingCount(): number {
    return this.#pending.size;
  }

  getHostCounters(): IHostCounters {
    const expiries = new Map<string, number>();
    for (const { domains, certificateExpiresAt } of this.#routes) {
      if (certificateExpiresAt === null) continue;
      for (const domain of domains.length === 0 ? ['*'] : domains) {
        // The one that expires first is the one to worry about.
        expiries.set(domain, Math.min(certificateExpiresAt, expiries.get(domain) ?? Infinity));
      }
    }
    return {
      backendConnectErrors: new Map(this.#connectErrors),
      backendRetries: new Map(this.#retries),
      tlsHandshakeErrors: this.#handshakeErrors,
      certificates: [...expiries].map(([domain, expiresAt]) => ({ domain, expiresAt })),
    };
  }

  #accept(raw: net.Socket, port: number): void {
    const connection = new Connection(raw, port, this.#host);
    // Handlers that clean up with removeAllListeners() take our 'close' listener with them.
    if (this.#live.size >= Math.min(this.#purgeAt, this.#maxConnections)) this.#purge();
    const full = this.#live.size >= this.#maxConnections;
    this.#live.add(connection);
    this.#pending.add(connection);
    raw.once('close', () => this.#live.delete(connection));
    if (full) connection.end('limit');
    else connection.begin();
  }

  #routed(connection: Connection, route: IRoute, context: IRouteContext): void {
    this.#pending.delete(connection);
    const { socket } = connection;
    const failed = (error: unknown): void => {
      markCloseReason(socket, 'handler-error');
      socket.destroy();
      this.#events.emit('error', error);
    };
    try {
      const result: unknown = route.handler(socket, context);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #unrouted(connection: Connection, event: IUnroutedEvent): void {
    this.#pending.delete(connection);
    if (event.reason === 'tls-error') this.#handshakeErrors++;
    this.#events.emit('unrouted', event);
  }

  #compile(routes: readonly IRouteConfig[]): readonly IRoute[] {
    const count = (counts: Map<string, number>, key: string): void => {
      const value = counts.get(key);
      if (value !== undefined) counts.set(key, value + 1);
    };
    return compileRoutes(routes, (key): IForwardHooks => ({
      opened: (backend) => {
        this.#backends.add(backend);
        backend.once('close', () => this.#backends.delete(backend));
      },
      connectFailed: () => count(this.#connectErrors, key),
      retried: () => count(this.#retries, key),
    }));
  }

  #adopt(routes: readonly IRoute[]): void {
    this.#rewrap(routes, this.#wraps);
    this.#routes = routes;
    const forwards = new Set(routes.filter((route) => route.config.action.type === 'forward').map(({ key }) => key));
    for (const counts of [this.#connectErrors, this.#retries]) {
      for (const key of counts.keys()) if (!forwards.has(key)) counts.delete(key);
      for (const key of forwards) counts.set(key, counts.get(key) ?? 0);
    }
  }

  #rewrap(routes: readonly IRoute[], wraps: readonly TWrapHandler[]): void {
    // All of them before any of them: a wrap that throws changes nothing.
    const handlers = routes.map(({ base, key }) => wraps.reduce((handler, wrap) => wrap(handler, key), base));
    routes.forEach((route, index) => (route.handler = handlers[index] ?? route.base));
    this.#wraps = wraps;
  }

  async #halt(drainMs: number): Promise<void> {
    this.#running = false;
    this.#listeners.closeAllBut(new Set());
    for (const connection of [...this.#pending]) connection.end('shutdown');
    const clients = this.#clientsClosed();
    await within(
      clients.then(() => this.#backendsClosed()),
      drainMs,
    );
    for (const { socket } of [...this.#live]) {
      markCloseReason(socket, 'shutdown');
      socket.destroy();
    }
    await clients;
    // Only those that still had something to send; the others have been told how their client ended.
    for (const backend of [...this.#backends]) backend.destroy();
    await this.#backendsClosed();
  }

  /**
   * No server has a connection. Node counts them itself, whatever listeners a handler has left on its socket, and tells
   * their 'close' in the turn of the event loop that follows.
   */
  async #clientsClosed(): Promise<void> {
    await this.#listeners.closed();
    await nextTurn();
    await nextTurn();
    this.#purge();
  }

  async #backendsClosed(): Promise<void> {
    await Promise.all([...this.#backends].map((backend) => new Promise((resolve) => backend.once('close', resolve))));
  }

  #purge(): void {
    for (const connection of this.#live) if (connection.raw.destroyed) this.#live.delete(connection);
    this.#purgeAt = Math.max(1024, 2 * this.#live.size);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

const portsOf = (routes: readonly IRoute[]): Set<number> => new Set(routes.flatMap((route) => [...route.ports]));

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([promise, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
