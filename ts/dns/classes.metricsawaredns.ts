import type { IDnsEvents } from '../interfaces/events.js';
import type { IClock, ILogger } from '../interfaces/options.js';
import type { IDnsServer, TDnsHandler } from '../interfaces/smartdns.js';
import type { TSocketHandler } from '../interfaces/smartproxy.js';
import type { IDnsReadings, IDnsSource, ISubscribeOptions, TListener } from '../interfaces/source.js';
import { invalidOption, RoutemeterError } from '../shared/errors.js';
import { FencedEmitter } from '../shared/fencedemitter.js';
import { clockOption, loggerOption, optionsObject, rejectUnknown } from '../shared/options.js';
import { Attachment } from './classes.attachment.js';
import { HandlerBook } from './classes.handlerbook.js';
import { MessageRecorder } from './classes.messagerecorder.js';
import { DnsFront, type IFrontAddresses } from './front/classes.dnsfront.js';
import { frontSettings, type IDnsCacheOptions, type IDnsFrontOptions } from './front/options.js';
import { HandlerCounter } from './classes.handlercounter.js';
import { type IHandlerRecorder, type TAnyHandler, wrapHandler } from './handler.js';

const SERVER_METHODS = ['registerHandler', 'unregisterHandler', 'start', 'stop', 'on', 'off'] as const;

export interface IMetricsAwareDnsOptions {
  /** Attached at once, as `attach(server)` would. */
  readonly server?: IDnsServer | undefined;
  /** Speaks DNS with the clients in the server's place, and knows what the server does not tell. */
  readonly front?: IDnsFrontOptions | undefined;
  /** Of the front's answers; none is kept without it. */
  readonly cache?: IDnsCacheOptions | undefined;
  readonly clock?: IClock | undefined;
  /** Told once for each listener that fails. */
  readonly logger?: ILogger | undefined;
}

export interface IDnsCache {
  readonly entries: number;
  readonly bytes: number;
  /** Drops what a handler of this pattern may have answered. */
  invalidate(pattern: string): void;
  clear(): void;
}

/**
 * Counts what a SmartDNS server is asked: wraps the handlers that are registered on it and listens to its `'query'`.
 * It keeps no statistics; a `MetricsManager` that observes it does. One instance serves one server.
 *
 * One DNS message is one `query-received` and one `query-answered`, however many handlers match, also when none does or
 * one throws. The type is that of the first question. `responseTime` runs from the first wrapped handler's call to the
 * end of the last one; where none was called it is SmartDNS's own figure in whole milliseconds, or `null` below 1 ms.
 * Client, transport, size and response code never reach a handler and are absent. What SmartDNS answers in its own
 * process (localhost, DNSKEY with DNSSEC asked for, malformed packets) is not seen here; nor is a message in which a
 * handler throws that was registered before `attach()`.
 *
 * With a `front` it alone counts queries, with their client, transport, sizes, code and true time, and the server's
 * `'query'` is not read.
 *
 * The server's own errors are left alone: a listener of ours would hide a crash.
 */
export class MetricsAwareDns implements IDnsSource {
  readonly kind = 'dns' as const;
  readonly #emitter: FencedEmitter<IDnsEvents>;
  readonly #recorder: IHandlerRecorder;
  /** Counts the queries where there is no front. */
  readonly #messages: MessageRecorder | null = null;
  readonly #front: DnsFront | null = null;
  readonly #book = new HandlerBook();
  /** Ours, so that none is wrapped twice. */
  readonly #wrapped = new WeakSet<object>();
  #attachment: Attachment | undefined;

  constructor(options: IMetricsAwareDnsOptions = {}) {
    optionsObject('MetricsAwareDns', options);
    rejectUnknown('MetricsAwareDns', options, ['server', 'front', 'cache', 'clock', 'logger']);
    this.#emitter = new FencedEmitter(loggerOption(options.logger));
    const clock = clockOption(options.clock);
    if (options.front === undefined) {
      if (options.cache !== undefined) throw invalidOption('cache', 'given together with front', options.cache);
      this.#recorder = this.#messages = new MessageRecorder(this.#emitter, clock);
    } else {
      const front = new DnsFront(frontSettings(options.front, options.cache), this.#emitter, clock);
      this.#front = front;
      this.#recorder = new HandlerCounter(this.#emitter, (name) => front.cache?.refuse(name));
    }
    // Not at `start()`: what others register on the server before that would stay unwrapped.
    if (options.server !== undefined) this.attach(options.server);
  }

  on<K extends keyof IDnsEvents>(event: K, listener: TListener<IDnsEvents[K]>, options?: ISubscribeOptions): this {
    this.#emitter.on(event, listener, options);
    return this;
  }

  once<K extends keyof IDnsEvents>(event: K, listener: TListener<IDnsEvents[K]>): this {
    this.#emitter.once(event, listener);
    return this;
  }

  off<K extends keyof IDnsEvents>(event: K, listener: TListener<IDnsEvents[K]>): this {
    this.#emitter.off(event, listener);
    return this;
  }

  /** Queries told as received and not yet as ended. Without a front SmartDNS answers in one turn: 0 but inside an event. */
  activeCount(): number {
    return this.#front?.active ?? this.#messages?.inFlight ?? 0;
  }

  readings(): IDnsReadings {
    return {
      handlers: this.#book.readings(),
      unwrappedHandlers: this.unwrappedHandlers,
      listenerErrors: this.#emitter.listenerErrors,
    };
  }

  /**
   * From now on every handler registered on this server is wrapped, whoever registers it. Throws `ERR_ALREADY_ATTACHED`
   * while another server is attached; the same one again does nothing.
   */
  attach(server: IDnsServer): void {
    if (this.#attachment?.server === server) return;
    if (this.#attachment !== undefined) {
      throw new RoutemeterError('ERR_ALREADY_ATTACHED', 'this MetricsAwareDns has a server; use one for each server');
    }
    checkServer(server);
    const messages = this.#messages;
    const cache = this.cache;
    const attachment = new Attachment(server, {
      wrap: (handler, pattern) => this.#wrap(handler, pattern),
      isWrapped: (handler) => typeof handler === 'function' && this.#wrapped.has(handler),
      changed: cache === null ? null : (pattern) => cache.invalidate(pattern),
      completed: messages === null ? null : (event) => messages.completed(event),
    });
    attachment.attach();
    this.#attachment = attachment;
    this.#recorder.active = true;
  }

  /** Gives the server back as it was. Handlers wrapped so far stay registered and are only passed through. */
  detach(): void {
    this.#recorder.active = false;
    this.#attachment?.detach();
    this.#attachment = undefined;
  }

  /** Handlers on the server that are counted by its event only; `null` where that cannot be known. */
  get unwrappedHandlers(): number | null {
    return this.#attachment?.unwrappedHandlers() ?? null;
  }

  /** The server's own; throws `ERR_NOT_ATTACHED` without one. */
  registerHandler(pattern: string, types: string[], handler: TDnsHandler): void {
    // The attached server's own method is the one that wraps.
    this.#server().registerHandler(pattern, types, handler);
  }

  /** The server's own, and returns what it returns. The pattern's counts are kept. */
  unregisterHandler(pattern: string, types: string[]): boolean {
    return this.#server().unregisterHandler(pattern, types);
  }

  /**
   * `null` without one. Registering and unregistering a handler drops what its pattern matches; a handler that changes
   * its mind calls `invalidate(pattern)` or `clear()`.
   */
  get cache(): IDnsCache | null {
    return this.#front?.cache ?? null;
  }

  /** Where the front listens; empty without one, or while it is stopped. */
  get addresses(): IFrontAddresses {
    return this.#front?.addresses ?? { udp: [], tcp: [], doh: [] };
  }

  /**
   * For a route of a SmartProxy or an EmbeddedProxy that ends TLS: answers DNS over HTTPS (RFC 8484) on the sockets that
   * it is given. HTTP/2 is told by its first bytes, put back or emitted again by the host, so that both work on every
   * host; whether clients are offered it (ALPN) is the host's. Serves while the front is started. Throws
   * `ERR_OPTION_INVALID` without a front.
   */
  get dohSocketHandler(): TSocketHandler {
    if (this.#front === null) throw invalidOption('front', 'given where DNS over HTTPS is to be served', undefined);
    return this.#front.dohSocketHandler;
  }

  /** The attached server's `start()`, then the front's: `ERR_FRONT_UPSTREAM` where the server does not answer it. */
  async start(): Promise<void> {
    const server = this.#server();
    await server.start();
    try {
      await this.#front?.start();
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** The front's end, once what is in flight is answered, then the server's `stop()`; it stays attached. */
  async stop(): Promise<void> {
    const server = this.#server();
    await this.#front?.stop();
    await server.stop();
  }

  #wrap(handler: TAnyHandler, pattern: string): TAnyHandler {
    if (this.#wrapped.has(handler)) return handler;
    const wrapped = wrapHandler(handler, pattern, this.#book.entryFor(pattern), this.#recorder);
    this.#wrapped.add(wrapped);
    return wrapped;
  }

  #server(): IDnsServer {
    if (this.#attachment === undefined) {
      throw new RoutemeterError(
        'ERR_NOT_ATTACHED',
        'this MetricsAwareDns has no server: give it one, or call attach()',
      );
    }
    return this.#attachment.server;
  }
}

function checkServer(server: unknown): void {
  const methods = typeof server === 'object' && server !== null ? (server as Record<string, unknown>) : {};
  const missing = SERVER_METHODS.find((name) => typeof methods[name] !== 'function');
  if (missing !== undefined) throw invalidOption('server', `a DnsServer (it has no ${missing}())`, server);
}
