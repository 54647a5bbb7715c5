import type { IDnsQueryCompletedEvent, IDnsServer } from '../interfaces/smartdns.js';
import type { TAnyHandler } from './handler.js';

export interface IAttachmentHooks {
  wrap(handler: TAnyHandler, pattern: string): TAnyHandler;
  isWrapped(handler: unknown): boolean;
  /** Told of each pattern that was registered or unregistered; without it unregistering is left alone. */
  readonly changed: ((pattern: string) => void) | null;
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
   * Unregistering goes by pattern and types, so that the server's own method finds a wrapped handler as it finds any
   * other: it is replaced only where somebody wants to know.
   */
  attach(): void {
    const { server } = this;
    const { changed } = this.#hooks;
    const restores = [
      this.#intercept('registerHandler', (original, self, args) => this.#register(original, self, args)),
    ];
    if (changed !== null) {
      restores.push(
        this.#intercept('unregisterHandler', (original, self, args) => {
          const result = Reflect.apply(original, self, args);
          if (typeof args[0] === 'string') changed(args[0]);
          return result;
        }),
      );
    }
    this.#restore = () => {
      for (const restore of restores) restore();
    };
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

  #register(original: TAnyHandler, self: unknown, args: unknown[]): unknown {
    const [pattern, types, handler, ...rest] = args;
    // What SmartDNS was never meant to get is its own to judge.
    if (typeof pattern !== 'string' || typeof handler !== 'function') return Reflect.apply(original, self, args);
    const wrapped = this.#hooks.wrap(handler as TAnyHandler, pattern);
    const result = Reflect.apply(original, self, [pattern, types, wrapped, ...rest]);
    this.#hooks.changed?.(pattern);
    return result;
  }

  #intercept(
    name: 'registerHandler' | 'unregisterHandler',
    replacement: (original: TAnyHandler, self: unknown, args: unknown[]) => unknown,
  ): () => void {
    const server = this.server as unknown as Record<typeof name, unknown>;
    const original = server[name] as TAnyHandler;
    const own = Object.getOwnPropertyDescriptor(server, name);
    let active = true;
    const intercepted = function (this: unknown, ...args: unknown[]): unknown {
      return active ? replacement(original, this, args) : Reflect.apply(original, this, args);
    };
    Object.defineProperty(server, name, {
      value: intercepted,
      configurable: true,
      enumerable: own?.enumerable ?? false,
      writable: true,
    });
    return () => {
      active = false;
      // Somebody who replaced it after us keeps calling ours, which then only passes on.
      if (server[name] !== intercepted) return;
      if (own === undefined) Reflect.deleteProperty(server, name);
      else Object.defineProperty(server, name, own);
    };
  }
}
