import { EventEmitter } from 'node:events';
import * as tls from 'node:tls';
import type * as net from 'node:net';
import type { IRouteConfig, IRouteContext } from '../../../ts/interfaces/smartproxy.js';
import { FakeMetrics } from './fakemetrics.js';
import { forward } from './forward.js';
import { describeFailure } from './host.js';
import { proxiedSocket } from './proxiedsocket.js';
import { matchesDomain, RoutePorts } from './routeports.js';

/** The client that every PROXY header of the fake names; the socket's other end is the proxy in front. */
export const PROXIED_CLIENT = '203.0.113.7';

export interface IFakeSmartProxyOptions {
  readonly routes: readonly IRouteConfig[];
  /** Reads the first chunk itself to look at it, then re-emits it. Off: hands the socket over at once. Default true. */
  readonly readFirstChunk?: boolean | undefined;
  /** Handlers get a JavaScript `Proxy` around the socket, as behind PROXY protocol. Default false. */
  readonly proxiedSockets?: boolean | undefined;
}

/**
 * Acts towards socket handlers as SmartProxy's TypeScript engine does: its call, its re-emitted first chunk, its
 * branches on what a handler throws or returns, its clean-up, its metrics. Emits `handler-outcome` (a word) for tests.
 */
export class FakeSmartProxy extends EventEmitter {
  readonly settings: { routes: IRouteConfig[] };
  readonly #readFirstChunk: boolean;
  readonly #proxiedSockets: boolean;
  readonly #metrics = new FakeMetrics();
  readonly #sockets = new Set<net.Socket>();
  readonly #ports = new RoutePorts((socket, key, port) => this.#accept(socket, key, port));
  #started = false;
  #nextId = 1;

  constructor(options: IFakeSmartProxyOptions) {
    super();
    this.settings = { routes: [...options.routes] };
    this.#readFirstChunk = options.readFirstChunk ?? true;
    this.#proxiedSockets = options.proxiedSockets ?? false;
  }

  async start(): Promise<void> {
    this.#started = true;
    await this.#ports.apply(this.settings.routes);
  }

  async stop(): Promise<void> {
    this.#started = false;
    for (const socket of this.#sockets) this.#cleanUp(socket);
    await this.#ports.close();
  }

  async updateRoutes(routes: readonly IRouteConfig[]): Promise<void> {
    this.settings.routes = [...routes];
    if (this.#started) await this.#ports.apply(this.settings.routes);
  }

  getMetrics(): ReturnType<FakeMetrics['groups']> {
    return this.#metrics.groups();
  }

  getListeningPorts(): number[] {
    return this.#ports.ports();
  }

  /** The first port of a route, as bound. */
  portOf(routeName: string): number {
    const route = this.settings.routes.find(({ name }) => name === routeName);
    if (route === undefined) throw new Error(`no route ${routeName}`);
    return this.#ports.portOf(route);
  }

  /** As the engine's `cleanupSocket`: whoever listens for the end is not told. */
  #cleanUp(socket: net.Socket): void {
    this.#sockets.delete(socket);
    socket.removeAllListeners();
    socket.destroy();
  }

  #accept(raw: net.Socket, key: string, port: number): void {
    // The engine's own servers are not half-open.
    raw.allowHalfOpen = false;
    const routes = this.settings.routes.filter((route) => RoutePorts.keys(route).includes(key));
    const certificate = routes.map((route) => route.action.tls?.certificate).find((value) => typeof value === 'object');
    if (typeof certificate !== 'object') {
      this.#look(raw, routes, port, false);
      return;
    }
    raw.on('error', () => undefined);
    const socket = new tls.TLSSocket(raw, { isServer: true, secureContext: tls.createSecureContext(certificate) });
    socket.on('error', () => undefined);
    socket.once('secure', () => this.#look(socket, routes, port, true));
  }

  #look(socket: net.Socket, routes: IRouteConfig[], port: number, isTls: boolean): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    if (!this.#readFirstChunk) {
      this.#route(socket, routes, port, isTls, undefined);
      return;
    }
    const gone = (): void => void socket.destroy();
    socket.once('end', gone);
    socket.once('data', (chunk: Buffer) => {
      socket.off('end', gone);
      this.#route(socket, routes, port, isTls, chunk);
    });
  }

  #route(socket: net.Socket, routes: IRouteConfig[], port: number, isTls: boolean, chunk: Buffer | undefined): void {
    const host = chunk === undefined ? null : /\r\nhost: *([^\r:]+)/i.exec(chunk.toString('latin1', 0, 4096));
    const domain = host?.[1]?.toLowerCase();
    const route = routes.find((candidate) => matchesDomain(candidate, domain));
    if (route === undefined) {
      this.#cleanUp(socket);
      return;
    }
    const name = route.name ?? '';
    this.#metrics.opened(name);
    // Told by `destroyed` and not by an event, which its own clean-up would silence.
    const closed = setInterval(() => {
      if (!socket.destroyed) return;
      clearInterval(closed);
      this.#metrics.closed(name);
    }, 5);
    closed.unref();
    if (route.action.type === 'forward') {
      forward(socket, route, this.#metrics, chunk);
      return;
    }
    const context: IRouteContext = {
      port,
      domain,
      clientIp: this.#proxiedSockets ? `::ffff:${PROXIED_CLIENT}` : (socket.remoteAddress ?? ''),
      serverIp: socket.localAddress ?? '',
      isTls,
      routeName: route.name,
      routeId: route.id,
      timestamp: Date.now(),
      connectionId: `fake-${this.#nextId++}`,
    };
    this.#call(socket, route, context, chunk);
  }

  #call(socket: net.Socket, route: IRouteConfig, context: IRouteContext, chunk: Buffer | undefined): void {
    const handler = route.action.socketHandler;
    if (handler === undefined) {
      this.#cleanUp(socket);
      return;
    }
    const reemit = (): void => {
      if (chunk !== undefined && !socket.destroyed) socket.emit('data', chunk);
    };
    try {
      const given = this.#proxiedSockets ? proxiedSocket(socket) : socket;
      const result: unknown = handler(given, context);
      if (result instanceof Promise) {
        this.emit('handler-outcome', 'promise');
        result.then(reemit, (error: unknown) => {
          this.emit('handler-outcome', describeFailure('rejected', error));
          this.#cleanUp(socket);
        });
      } else {
        this.emit('handler-outcome', `returned ${String(result)}`);
        process.nextTick(reemit);
      }
    } catch (error) {
      this.emit('handler-outcome', describeFailure('threw', error));
      this.#cleanUp(socket);
    }
  }
}
