import type { IDnsQueryCompletedEvent, IDnsServer } from '../interfaces/smartdns.js';
import type { TAnyHandler } from './handler.js';

export interface IAttachmentHooks {
  wrap(handler: TAnyHandler, pattern: string): TAnyHandler;
  isWrapped(handler: unknown): boolean;
  /** Told of the server's `'query'`; without it nobody listens. */
  readonly completed: ((event: IDnsQueryCompletedEvent) => void) | null;
}

/** One server and everything that was changed of it, so that all of it can be given back. */
export class Attachment {
  readonly server: IDnsServer;
  readonly #hooks: IAttachmentHooks;
  readonly #listener: ((event: IDnsQueryCompletedEvent) => void) | null;
  #restore: () => void = () => undefined;

  constructor(server: IDnsServer, hooks: IAttachmentHooks) {
    this.server = server;
    this.#hooks = hooks;
    this.#listener = hooks.completed;
  }

  /**
   * Only registering is replaced: unregistering goes by pattern and types, so that the server's own method finds a
   * wrapped handler as it finds any other.
   */
  attach(): void {
    const { server } = this;
    this.#restore = this.#interceptRegistration();
    if (this.#listener === null) return;
    // In front: a listener of the application that throws ends the event for those behind it.
    if (typeof server.prependListener === 'function') server.prependListener('query', this.#listener);
    else server.on('query', this.#listener);
  }

  detach(): void {
    this.#restore();
    if (this.#listener !== null) this.server.off('query', this.#listener);
  }

  /** Handlers on the server that are not wrapped; `null` where its list cannot be read. */
  unwrappedHandlers(): number | null {
    const { handlers } = this.server as { handlers?: unknown };
    if (!Array.isArray(handlers)) return null;
    let unwrapped = 0;
    for (const entry of handlers as unknown[]) {
      if (typeof entry !== 'object' || entry === null || !('handler' in entry)) return null;
      if (!this.#hooks.isWrapped(entry.handler)) unwrapped++;
    }
    return unwrapped;
  }

  #interceptRegistration(): () => void {
    const server = this.server as { registerHandler?: unknown };
    const original = server.registerHandler as TAnyHandler;
    const own = Object.getOwnPropertyDescriptor(server, 'registerHandler');
    const hooks = this.#hooks;
    let active = true;
    const intercepted = function (this: unknown, ...args: unknown[]): unknown {
      const [pattern, types, handler, ...rest] = args;
      // What SmartDNS was never meant to get is its own to judge.
      const usual = typeof pattern === 'string' && typeof handler === 'function';
      if (!active || !usual) return Reflect.apply(original, this, args);
      const wrapped = hooks.wrap(handler as TAnyHandler, pattern);
      return Reflect.apply(original, this, [pattern, types, wrapped, ...rest]);
    };
    Object.defineProperty(server, 'registerHandler', {
      value: intercepted,
      configurable: true,
      enumerable: own?.enumerable ?? false,
      writable: true,
    });
    return () => {
      active = false;
      // Somebody who replaced it after us keeps calling ours, which then only passes on.
      if (server.registerHandler !== intercepted) return;
      if (own === undefined) delete server.registerHandler;
      else Object.defineProperty(server, 'registerHandler', own);
    };
  }
}
