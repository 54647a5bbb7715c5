import { OVERFLOW, RESERVED_ROUTES, RETIRED } from '../shared/labels.js';
import { Route } from './classes.route.js';
import { RouteStore } from './classes.routestore.js';

/** Routes by name, at most `limit` beside the reserved ones. */
export class RouteTable {
  readonly #routes = new Map<string, Route>();
  readonly #limit: number;
  readonly #origin: number;
  readonly store: RouteStore;
  #list: readonly Route[] | null = null;
  /** Another one when the routes are others. */
  version = 0;
  /** What `reconcile` was told last, and whether all routes there are were among it. */
  #configured: readonly string[] = [];
  #settled = false;
  /** How many of `#routes` are reserved ones. */
  #reserved = 0;
  /** Events that found no place for their route and went to `_overflow`. */
  overflowed = 0;

  constructor(limit: number, origin: number) {
    this.#limit = limit;
    this.#origin = origin;
    this.store = new RouteStore(origin);
  }

  /** The route of that name, made if there is room, else `_overflow`. */
  resolve(name: string): Route {
    return this.#routes.get(name) ?? this.#enter(name.toWellFormed());
  }

  /**
   * Brings the table in line with the configuration: what is configured is there, hit or not; what no longer is, and
   * nothing points to, is folded into `_retired`.
   */
  reconcile(names: readonly string[]): void {
    // Said at every read, and mostly what was said before.
    if (this.#settled && sameTexts(names, this.#configured)) return;
    const configured = new Set(names.map((name) => name.toWellFormed()));
    this.#configured = names;
    this.#settled = true;
    for (const route of this.#routes.values()) {
      if (RESERVED_ROUTES.includes(route.name)) continue;
      route.configured = configured.has(route.name);
      if (route.configured) continue;
      if (!route.idle) {
        this.#settled = false;
        continue;
      }
      this.#routes.delete(route.name);
      this.#list = null;
      this.version++;
      this.#reservedRoute(RETIRED).absorb(route);
      route.free();
      this.store.tidy(route.block);
    }
    for (const name of configured) {
      if (!this.#full) this.resolve(name).configured = !RESERVED_ROUTES.includes(name);
    }
  }

  /** The route of that name, if there is one. */
  find(name: string): Route | undefined {
    return this.#routes.get(name);
  }

  [Symbol.iterator](): MapIterator<Route> {
    return this.#routes.values();
  }

  /** All of them, in an array that is another one when they are others. */
  get list(): readonly Route[] {
    return (this.#list ??= [...this.#routes.values()]);
  }

  get #full(): boolean {
    return this.#routes.size - this.#reserved >= this.#limit;
  }

  #enter(name: string): Route {
    const known = this.#routes.get(name);
    if (known !== undefined) return known;
    if (RESERVED_ROUTES.includes(name)) return this.#reservedRoute(name);
    if (this.#full) {
      this.overflowed++;
      return this.#reservedRoute(OVERFLOW);
    }
    return this.#add(name);
  }

  #reservedRoute(name: string): Route {
    const known = this.#routes.get(name);
    if (known !== undefined) return known;
    this.#reserved++;
    return this.#add(name);
  }

  #add(name: string): Route {
    const route = new Route(name, this.#origin, this.store.roomy());
    this.#list = null;
    this.version++;
    this.#settled = false;
    this.#routes.set(name, route);
    return route;
  }
}

function sameTexts(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((text, index) => text === others[index]);
}
