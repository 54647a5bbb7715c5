import type { IProxySnapshot, IRouterSnapshot, IRouteSnapshot } from '../interfaces/snapshot.js';

/** The routes of a snapshot, for code that goes through many: each is made when it is asked for. */
export interface IRouteList {
  readonly length: number;
  /** Good until the next call: it may be one object for all of them, and so may what hangs on it. */
  at(index: number): IRouteSnapshot | undefined;
  /** Frozen, to be kept. */
  plain(index: number): IRouteSnapshot | undefined;
}

/** A snapshot whose memory is used again: nothing of it is to be read after `done()`. */
export interface ILentSnapshot {
  readonly snapshot: IRouterSnapshot;
  done(): void;
}

/** The method of a source that can lend: for readers of ours, who give nothing of it away. */
export const LEND = Symbol('routemeter.lend');

export interface ILender {
  [LEND](): ILentSnapshot;
}

const lists = new WeakMap<IProxySnapshot, IRouteList>();

/** For the maker of a snapshot of which `routes` costs much when it is read. */
export function giveRouteList(proxy: IProxySnapshot, list: IRouteList): void {
  lists.set(proxy, list);
}

export function routeListOf(proxy: IProxySnapshot | null): IRouteList {
  return proxy === null ? listOf([]) : (lists.get(proxy) ?? listOf(proxy.routes));
}

export function listOf(routes: readonly IRouteSnapshot[]): IRouteList {
  return { length: routes.length, at: (index) => routes[index], plain: (index) => routes[index] };
}
