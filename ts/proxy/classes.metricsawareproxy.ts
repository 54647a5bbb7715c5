import type { Server } from 'node:http';
import type * as net from 'node:net';
import type { IProxyEvents } from '../interfaces/events.js';
import type { IClock, ILogger } from '../interfaces/options.js';
import type { IProxyHost, IWrappableRoute } from '../interfaces/smartproxy.js';
import type {
  IOpenConnection,
  IProxyReadings,
  IProxySource,
  ISubscribeOptions,
  TListener,
} from '../interfaces/source.js';
import { invalidOption, RoutemeterError } from '../shared/errors.js';
import { FencedEmitter } from '../shared/fencedemitter.js';
import { CLOSE_REASONS, RESERVED_ROUTES, UNROUTED } from '../shared/labels.js';
import {
  arrayOption,
  choiceOption,
  clockOption,
  functionOption,
  integerOption,
  loggerOption,
  optionsObject,
  rejectUnknown,
  stringOption,
} from '../shared/options.js';
import { Attachment, type IUnrouted } from './classes.attachment.js';
import type { TByteBase } from './classes.connection.js';
import { ConnectionTable } from './classes.connectiontable.js';
import { HttpObserver } from './classes.httpobserver.js';
import { OpenWalk } from './classes.openwalk.js';
import { Sampler } from './classes.sampler.js';
import { Visits } from './classes.visits.js';
import { isHandlerRoute, routeKeys } from './routes.js';
import { type IRecorder, nextConnectionId, type TAnySocketHandler, wrapHandler, wrappingOf } from './sockethandler.js';

const BASES: readonly TByteBase[] = ['unshifted', 'reemitted'];

export interface IMetricsAwareProxyOptions {
  /** How often open connections are read, ms, 100 to 60,000. Default 1,000. */
  readonly sampleIntervalMs?: number | undefined;
  readonly clock?: IClock | undefined;
  /** Told once for each listener that fails. */
  readonly logger?: ILogger | undefined;
}

export interface IWrapOptions {
  /** The key that the connections are counted under. Not one of the reserved `_unrouted`, `_overflow`, `_retired`. */
  readonly routeName: string;
  /** Where `bytesIn` starts; see the readme. Default `unshifted`, right for every plain server. */
  readonly base?: TByteBase | undefined;
}

/**
 * Counts what passes through socket handlers: wraps them (one by one, route by route, or a whole host's) and tells
 * typed events. It keeps no statistics; a `MetricsManager` that observes it does.
 *
 * The wrapped handler is called in the same turn, with the same `this` and arguments, and what it returns or throws
 * passes through untouched. One instance serves one host.
 */
export class MetricsAwareProxy implements IProxySource {
  readonly kind = 'proxy' as const;
  readonly #emitter: FencedEmitter<IProxyEvents>;
  readonly #clock: IClock;
  readonly #table: ConnectionTable;
  readonly #sampler: Sampler;
  readonly #walk: OpenWalk;
  readonly #http: HttpObserver;
  readonly #recorder: IRecorder;
  readonly #handlerNames = new Set<string>();
  #routeNames: readonly string[] = [];
  #attachment: Attachment | undefined;
  /** Connections of `_unrouted` between their open and their close, which are told in one turn. */
  #unroutedOpen = 0;

  constructor(options: IMetricsAwareProxyOptions = {}) {
    optionsObject('MetricsAwareProxy', options);
    rejectUnknown('MetricsAwareProxy', options, ['sampleIntervalMs', 'clock', 'logger']);
    const intervalMs = integerOption('sampleIntervalMs', options.sampleIntervalMs, 1_000, 100, 60_000);
    this.#clock = clockOption(options.clock);
    this.#emitter = new FencedEmitter(loggerOption(options.logger));
    this.#table = new ConnectionTable(this.#emitter, this.#clock, new Visits(intervalMs), () => this.#sampler.wake());
    this.#sampler = new Sampler(this.#table, this.#clock, intervalMs);
    this.#walk = new OpenWalk(this.#table, this.#clock);
    this.#http = new HttpObserver(this.#emitter, this.#table, this.#clock);
    this.#recorder = { table: this.#table, emitter: this.#emitter, clock: this.#clock };
  }

  on<K extends keyof IProxyEvents>(event: K, listener: TListener<IProxyEvents[K]>, options?: ISubscribeOptions): this {
    this.#emitter.on(event, listener, options);
    return this;
  }

  once<K extends keyof IProxyEvents>(event: K, listener: TListener<IProxyEvents[K]>): this {
    this.#emitter.once(event, listener);
    return this;
  }

  off<K extends keyof IProxyEvents>(event: K, listener: TListener<IProxyEvents[K]>): this {
    this.#emitter.off(event, listener);
    return this;
  }

  /**
   * Wraps one handler, or the `'connection'` listener of any net, tls or http server. The result has the handler's
   * type. A promise that it returns is not listened to, since a rejection that nobody handles must stay one: its
   * failure is counted where a host handles it (`attach`, `wrapRoutes`).
   *
   * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN, ERR_ROUTE_RESERVED
   */
  wrapSocketHandler<R>(handler: (socket: net.Socket) => R, options: IWrapOptions): (socket: net.Socket) => R;
  wrapSocketHandler<T extends TAnySocketHandler>(handler: T, options: IWrapOptions): T;
  wrapSocketHandler<T extends TAnySocketHandler>(handler: T, options: IWrapOptions): T {
    functionOption('handler', handler);
    optionsObject('wrapSocketHandler', options ?? null);
    rejectUnknown('wrapSocketHandler', options, ['routeName', 'base']);
    const routeName = stringOption('routeName', options.routeName);
    if (RESERVED_ROUTES.includes(routeName)) {
      throw new RoutemeterError('ERR_ROUTE_RESERVED', `option "routeName": the name "${routeName}" is reserved`);
    }
    const base = choiceOption('base', options.base, 'unshifted', BASES);
    this.#handlerNames.add(routeName);
    return this.#wrap(handler, routeName, base, false);
  }

  /**
   * Clones of the routes, with every `socket-handler` action wrapped; the rest is passed on as it is. Pure towards its
   * input. A handler that is wrapped already stays as it is, so the result may be passed in again. The keys of the
   * last call are the configured routes.
   *
   * For routes that SmartProxy is constructed with; what is passed to `updateRoutes` of an attached host needs no call.
   *
   * @throws ERR_ROUTE_DUPLICATE, ERR_ROUTE_RESERVED
   */
  wrapRoutes<T extends IWrappableRoute>(routes: readonly T[]): T[] {
    arrayOption('routes', routes);
    const keys = routeKeys(routes, true);
    this.#routeNames = keys.filter((_, index) => isHandler(routes[index]));
    return this.#wrapAll(routes, keys, this.#attachment?.base ?? 'reemitted');
  }

  /**
   * Binds to a host: later `updateRoutes()` calls are wrapped, its `getMetrics()` is read once a second for the routes
   * that it forwards itself. An EmbeddedProxy's routes are wrapped at once, forwarded ones included.
   *
   * @throws ERR_ALREADY_ATTACHED, ERR_OPTION_INVALID
   */
  attach(host: IProxyHost, options: { readonly base?: TByteBase | undefined } = {}): void {
    if (!isHost(host)) throw invalidOption('host', 'a SmartProxy or anything that starts and stops as it does', host);
    rejectUnknown('attach', options, ['base']);
    if (this.#attachment !== undefined) {
      throw new RoutemeterError(
        'ERR_ALREADY_ATTACHED',
        'this MetricsAwareProxy has a host; detach() first or construct another one',
      );
    }
    const base = options.base === undefined ? undefined : choiceOption('base', options.base, options.base, BASES);
    const attachment = new Attachment(host, base, {
      clock: this.#clock,
      wrapHandler: (handler, routeName, byteBase) => this.#wrap(handler, routeName, byteBase, true),
      wrapRoutes: (routes, byteBase) => this.#wrapAll(routes, routeKeys(routes, false), byteBase),
      isWrapped: (handler) => wrappingOf(handler)?.recorder === this.#recorder,
      unrouted: (event) => this.#unrouted(event),
    });
    attachment.attach();
    this.#attachment = attachment;
  }

  /** Restores every method of the host and of observed HTTP servers. Open connections are counted to their end. */
  detach(): void {
    this.#attachment?.detach();
    this.#attachment = undefined;
    this.#http.stop();
  }

  /**
   * Counts the requests and upgrades of wrapped sockets that this server is handed, or that it accepts itself with a
   * wrapped `'connection'` listener. Returns what ends that.
   */
  observeHttpServer(server: Server): () => void {
    if (typeof (server as Partial<Server> | null | undefined)?.prependListener !== 'function') {
      throw invalidOption('server', 'an http or https server', server);
    }
    return this.#http.observe(server);
  }

  /** Starts the attached host. @throws ERR_NOT_ATTACHED */
  async start(): Promise<void> {
    await this.#host('start').start();
  }

  /** Stops the attached host. @throws ERR_NOT_ATTACHED */
  async stop(): Promise<void> {
    await this.#host('stop').stop();
  }

  /** Passes routes to the attached host, wrapped. @throws ERR_NOT_ATTACHED */
  async updateRoutes(routes: readonly IWrappableRoute[]): Promise<void> {
    const host = this.#host('updateRoutes');
    if (typeof host.updateRoutes !== 'function') {
      throw new RoutemeterError('ERR_NOT_ATTACHED', 'the attached host has no updateRoutes()');
    }
    await host.updateRoutes(routes as never);
  }

  activeCount(): number {
    return this.#table.active + this.#unroutedOpen;
  }

  /** One full pass over the open connections, in slices of at most 1 ms. */
  sweep(): Promise<void> {
    return this.#sampler.sweep();
  }

  /** One walk over the open connections, in slices of at most 1 ms. Calls that come during a walk share the next one. */
  async visitOpen(visit: (connection: IOpenConnection) => void): Promise<void> {
    functionOption('visit', visit);
    await this.#walk.visit(visit);
  }

  readings(): IProxyReadings {
    const attachment = this.#attachment;
    return {
      routes: [...new Set([...this.#handlerNames, ...this.#routeNames, ...(attachment?.routeNames() ?? [])])],
      pending: attachment?.pending() ?? null,
      sampledAt: this.#sampler.sampledAt,
      forwarded: attachment?.forwarded() ?? null,
      host: attachment?.counters() ?? null,
      listenerErrors: this.#emitter.listenerErrors,
    };
  }

  #host(method: string): IProxyHost {
    const host = this.#attachment?.host;
    if (host === undefined) {
      throw new RoutemeterError('ERR_NOT_ATTACHED', `${method}() delegates to a host: call attach(host) first`);
    }
    return host;
  }

  #wrap<T extends TAnySocketHandler>(handler: T, routeName: string, base: TByteBase, hostHandlesRejection: boolean): T {
    const outer = wrappingOf(handler);
    // Another proxy's wrapper may lie around ours.
    for (let known = outer; known !== undefined; known = wrappingOf(known.original)) {
      if (known.recorder === this.#recorder && known.routeName === routeName) return handler;
    }
    // A wrapped handler that moved to another route is wrapped anew under that route's name.
    const original = (outer?.recorder === this.#recorder ? outer.original : handler) as T;
    return wrapHandler(this.#recorder, original, { routeName, base, hostHandlesRejection });
  }

  #wrapAll<T extends IWrappableRoute>(routes: readonly T[], keys: readonly string[], base: TByteBase): T[] {
    return routes.map((route, index) => {
      const handler = route.action.socketHandler;
      const key = keys[index];
      if (!isHandlerRoute(route) || handler === undefined || key === undefined) return { ...route };
      return { ...route, action: { ...route.action, socketHandler: this.#wrap(handler, key, base, true) } };
    });
  }

  /** A connection that no route had is one open and one close of `_unrouted`. */
  #unrouted(event: IUnrouted): void {
    const connectionId = nextConnectionId();
    const timestamp = this.#clock.wall();
    const shared = { connectionId, routeName: UNROUTED, clientIp: event.clientIp };
    this.#unroutedOpen++;
    this.#emitter.emit('connection-open', {
      ...shared,
      type: 'tcp',
      port: event.port,
      timestamp: timestamp - event.durationMs,
    });
    if (event.bytesIn > 0) {
      this.#emitter.emit('traffic', { ...shared, bytesIn: event.bytesIn, bytesOut: 0, sendQueue: 0, halfOpen: false });
    }
    this.#unroutedOpen--;
    this.#emitter.emit('connection-close', {
      ...shared,
      type: 'tcp',
      duration: event.durationMs,
      bytesIn: event.bytesIn,
      bytesOut: 0,
      bytesTransferred: event.bytesIn,
      reason: CLOSE_REASONS.find((reason) => reason === event.reason) ?? 'unknown',
      reaped: false,
      timestamp,
    });
  }
}

function isHandler(route: IWrappableRoute | undefined): boolean {
  return route !== undefined && isHandlerRoute(route);
}

function isHost(host: unknown): boolean {
  const { start, stop } = (host ?? {}) as Partial<IProxyHost>;
  return typeof start === 'function' && typeof stop === 'function';
}
