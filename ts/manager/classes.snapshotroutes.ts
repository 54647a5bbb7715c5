import type { IRouteSnapshot } from '../interfaces/snapshot.js';
import type { IRouteList } from '../shared/routelist.js';
import type { Route } from './classes.route.js';
import type { BlockCopy } from './classes.blockcopy.js';
import { RouteView } from './classes.routeview.js';
import type { IRouteMoment } from './classes.routeview.js';
import { routeSnapshot } from './routesnapshot.js';

/** The routes of one snapshot: what was true at its moment, made into objects when somebody asks for them. */
export class SnapshotRoutes implements IRouteList {
  /** One that stays: V8 throws compiled code away when the last object of its class has gone. */
  static readonly none = new SnapshotRoutes([], [], { now: 0, second: 0, windowSeconds: 0 }, new RouteView());

  readonly length: number;
  readonly #routes: readonly Route[];
  /** By route: its block at that moment. */
  readonly #copies: readonly BlockCopy[];
  readonly #forwarded: readonly IRouteSnapshot[];
  readonly #moment: IRouteMoment;
  readonly #view: RouteView;
  readonly #plain: IRouteSnapshot[] = [];
  #all: readonly IRouteSnapshot[] | null = null;

  constructor(routes: readonly Route[], forwarded: readonly IRouteSnapshot[], moment: IRouteMoment, view: RouteView) {
    this.length = routes.length + forwarded.length;
    this.#routes = routes;
    this.#copies = routes.map(({ block }) => block.copied());
    this.#forwarded = forwarded;
    this.#moment = moment;
    this.#view = view;
  }

  /** Keeps the memory until it is no longer reachable. */
  give(): void {
    for (const copy of this.#copies) copy.give();
  }

  /** Keeps the memory until `drop()`: then nothing of it is to be read any more. */
  hold(): void {
    for (const copy of this.#copies) copy.hold();
  }

  drop(): void {
    for (const copy of this.#copies) copy.drop();
  }

  at(index: number): IRouteSnapshot | undefined {
    const route = this.#routes[index];
    const copy = this.#copies[index];
    if (route === undefined || copy === undefined) return this.#forwarded[index - this.#routes.length];
    return this.#view.turn(route, copy, this.#moment);
  }

  plain(index: number): IRouteSnapshot | undefined {
    const known = this.#plain[index];
    if (known !== undefined) return known;
    const route = this.at(index);
    if (route === undefined) return undefined;
    return (this.#plain[index] = route === this.#view ? routeSnapshot(this.#view) : route);
  }

  /** Frozen, and always the same. */
  all(): readonly IRouteSnapshot[] {
    if (this.#all !== null) return this.#all;
    for (let index = 0; index < this.length; index++) this.plain(index);
    return (this.#all = Object.freeze(this.#plain));
  }
}
