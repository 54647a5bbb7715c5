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
  #routes: readonly Route[];
  /** By route: its block at that moment. */
  #copies: readonly BlockCopy[];
  #given = false;
  readonly #forwarded: readonly IRouteSnapshot[];
  readonly #moment: IRouteMoment;
  readonly #view: RouteView;
  readonly #plain: IRouteSnapshot[] = [];
  #all: readonly IRouteSnapshot[] | null = null;

  /** Keeps its memory until `drop()` or, after `give()`, for as long as somebody may read of it. */
  constructor(routes: readonly Route[], forwarded: readonly IRouteSnapshot[], moment: IRouteMoment, view: RouteView) {
    this.length = routes.length + forwarded.length;
    this.#routes = routes;
    this.#copies = routes.map(({ block }) => {
      const copy = block.copied();
      copy.hold();
      return copy;
    });
    this.#forwarded = forwarded;
    this.#moment = moment;
    this.#view = view;
  }

  /** Nobody will say when it is done with. */
  give(): void {
    for (const copy of this.#copies) copy.give();
    this.#given = true;
  }

  /** Nothing of it is to be read any more. */
  drop(): void {
    for (const copy of this.#copies) copy.drop();
  }

  at(index: number): IRouteSnapshot | undefined {
    if (this.#all !== null) return this.#all[index];
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
    this.#all = Object.freeze(this.#plain);
    // Who keeps many snapshots keeps what was made of the copies, and not these as well.
    if (this.#given) this.#copies = this.#routes = [];
    return this.#all;
  }
}
