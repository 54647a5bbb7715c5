import type { IClock } from '../interfaces/options.js';
import type { IProxyHost, IWrappableRoute, TSocketHandler } from '../interfaces/smartproxy.js';
import type { IForwardedReading, IHostCounters } from '../interfaces/source.js';
import { ForwardedPoller } from './classes.forwardedpoller.js';
import type { TByteBase } from './classes.connection.js';
import { isHandlerRoute, routeKeys } from './routes.js';

/** A connection that a host ended before any route had it. */
export interface IUnrouted {
  readonly clientIp: string | null;
  readonly port: number;
  readonly durationMs: number;
  readonly bytesIn: number;
  readonly reason: string;
}

/** What only some hosts have; each part is detected. */
interface IDetectedHost extends IProxyHost {
  readonly wrapHandlers?: (wrap: (handler: TSocketHandler, routeName: string) => TSocketHandler) => () => void;
  readonly pendingCount?: () => number;
  readonly getHostCounters?: () => IHostCounters;
  readonly on?: (event: string, listener: (value: never) => void) => unknown;
  readonly off?: (event: string, listener: (value: never) => void) => unknown;
}

export interface IAttachmentHooks {
  readonly clock: IClock;
  wrapHandler(handler: TSocketHandler, routeName: string, base: TByteBase): TSocketHandler;
  wrapRoutes(routes: readonly IWrappableRoute[], base: TByteBase): readonly IWrappableRoute[];
  isWrapped(handler: object): boolean;
  unrouted(event: IUnrouted): void;
}

/** One host and everything that was changed of it, so that all of it can be given back. */
export class Attachment {
  readonly host: IProxyHost;
  readonly base: TByteBase;
  readonly #detected: IDetectedHost;
  readonly #hooks: IAttachmentHooks;
  readonly #undo: (() => void)[] = [];
  #poller: ForwardedPoller | undefined;
  /** What was last passed through `updateRoutes`. */
  #passed: readonly IWrappableRoute[] | undefined;
  #keysOf: readonly IWrappableRoute[] | undefined;
  #keys: readonly string[] = [];

  constructor(host: IProxyHost, base: TByteBase | undefined, hooks: IAttachmentHooks) {
    this.host = host;
    this.#detected = host;
    // A host that hands us its handlers puts back what it read; SmartProxy's own engine re-emits it.
    this.base = base ?? (this.#detected.wrapHandlers === undefined ? 'reemitted' : 'unshifted');
    this.#hooks = hooks;
  }

  /** Whether the host lets all its handlers be wrapped, those of forwarded routes included. */
  get #wrapsForwards(): boolean {
    return typeof this.#detected.wrapHandlers === 'function';
  }

  attach(): void {
    const host = this.#detected;
    if (typeof host.wrapHandlers === 'function') {
      this.#undo.push(
        host.wrapHandlers((handler, routeName) => this.#hooks.wrapHandler(handler, routeName, this.base)),
      );
    } else {
      this.#interceptUpdateRoutes();
      this.#pollMetrics();
    }
    const { on, off } = host;
    if (typeof on === 'function' && typeof off === 'function') {
      const listener = (event: IUnrouted): void => {
        try {
          this.#hooks.unrouted(event);
        } catch {
          // A listener that throws would reach the host.
        }
      };
      on.call(host, 'unrouted', listener);
      this.#undo.push(() => void off.call(host, 'unrouted', listener));
    }
  }

  detach(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
    this.#poller?.stop();
  }

  /** Keys of the host's routes that are wrapped. */
  routeNames(): readonly string[] {
    const routes = this.host.settings?.routes ?? this.#passed ?? [];
    if (routes === this.#keysOf) return this.#keys;
    this.#keysOf = routes;
    try {
      const keys = routeKeys(routes, false);
      this.#keys = [...new Set(keys.filter((_, index) => this.#isWrapped(routes[index])))];
    } catch {
      // Routes of a shape that we do not know: what was known before stays.
    }
    return this.#keys;
  }

  pending(): number | null {
    return typeof this.#detected.pendingCount === 'function' ? this.#detected.pendingCount() : null;
  }

  counters(): IHostCounters | null {
    return typeof this.#detected.getHostCounters === 'function' ? this.#detected.getHostCounters() : null;
  }

  forwarded(): IForwardedReading | null {
    return this.#poller?.reading() ?? null;
  }

  #isWrapped(route: IWrappableRoute | undefined): boolean {
    if (route === undefined || this.#wrapsForwards) return route !== undefined;
    if (!isHandlerRoute(route)) return false;
    // What the host had before it was attached is counted only where it came out of `wrapRoutes`.
    return this.#passed !== undefined || this.#hooks.isWrapped(route.action.socketHandler ?? {});
  }

  #interceptUpdateRoutes(): void {
    const host = this.host as { updateRoutes?: unknown };
    const original = host.updateRoutes;
    if (typeof original !== 'function') return;
    const own = Object.getOwnPropertyDescriptor(host, 'updateRoutes');
    let active = true;
    const wrap = (routes: unknown): unknown => {
      if (!active || !Array.isArray(routes)) return routes;
      try {
        const wrapped = this.#hooks.wrapRoutes(routes as IWrappableRoute[], this.base);
        this.#passed = wrapped;
        return wrapped;
      } catch {
        // Routes of a shape that we do not know are the host's to judge.
        return routes;
      }
    };
    const intercepted = function (this: unknown, routes: unknown, ...rest: unknown[]): unknown {
      return Reflect.apply(original, this, [wrap(routes), ...rest]);
    };
    Object.defineProperty(host, 'updateRoutes', {
      value: intercepted,
      configurable: true,
      enumerable: own?.enumerable ?? false,
      writable: true,
    });
    this.#undo.push(() => {
      active = false;
      // Somebody who wrapped it after us keeps calling ours, which then only passes on.
      if (host.updateRoutes !== intercepted) return;
      if (own === undefined) delete host.updateRoutes;
      else Object.defineProperty(host, 'updateRoutes', own);
    });
  }

  #pollMetrics(): void {
    const { host } = this;
    if (typeof host.getMetrics !== 'function') return;
    this.#poller = new ForwardedPoller(
      () => host.getMetrics?.(),
      () => new Set(this.routeNames()),
      this.#hooks.clock,
    );
    this.#poller.start();
  }
}
