import type { IConnectionsPage, IHistoryAnswer, ISystemAnswer, ITopAnswer, TConnectionSort, TTopList } from './ops.js';
import type { IRouterStats, IRouteStats } from './stats.js';

/** The parts of a TypedRequest router (`@api.global/typedrequest` 3.3) that are used, typed structurally. */
export interface ITypedRouter {
  addTypedHandler(handler: ITypedHandler): void;
  /** Whether any router connected to this one has a handler of the method. */
  checkForTypedHandler?(method: string): boolean;
  readonly handlerMap?: { remove(handler: ITypedHandler): unknown } | undefined;
}

export interface ITypedHandler {
  readonly method: string;
  addResponse(request: ITypedCall): Promise<ITypedCall>;
}

/** A request on its way through a router. */
export interface ITypedCall {
  readonly method: string;
  readonly request: object;
  response: unknown;
  error?: { text: string; data: unknown };
  /** What the transport says of the caller. */
  readonly localData?: object;
  readonly correlation?: { readonly id: string; phase: 'request' | 'response' };
}

/** `false` is refused, so is what throws. It may throw a `TypedResponseError`, which the caller is then told. */
export type TTypedGuard = (call: ITypedCall) => boolean | Promise<boolean>;

/*
 * The requests. What a request holds besides the fields named here, such as an identity, is for the guard. The answers
 * are those of the HTTP API, and so are the errors: their text is the problem's detail, their data the problem.
 */

/** `GET /api/stats`. With `fields`, dotted paths such as `proxy.routes.active`, the answer is the part that has these. */
export interface IGetStatsRequest<TPart = IRouterStats> {
  method: 'routemeter.getStats';
  request: { fields?: string[] };
  response: TPart;
}

/** `GET /api/stats/routes/:name`. */
export interface IGetRouteRequest {
  method: 'routemeter.getRoute';
  request: { name: string };
  response: IRouteStats;
}

/** `GET /api/connections`. */
export interface IGetConnectionsRequest {
  method: 'routemeter.getConnections';
  request: {
    route?: string;
    /** An address or a prefix. */
    client?: string;
    minAgeSeconds?: number;
    minBytes?: number;
    sort?: TConnectionSort;
    limit?: number;
    /** The `nextCursor` of a page with the same `sort`. */
    cursor?: string;
  };
  response: IConnectionsPage;
}

/** `GET /api/history`. */
export interface IGetHistoryRequest {
  method: 'routemeter.getHistory';
  request: object;
  response: IHistoryAnswer;
}

/** `GET /api/top/:list`. */
export interface IGetTopRequest {
  method: 'routemeter.getTop';
  request: { list: TTopList; by?: string; limit?: number };
  response: ITopAnswer;
}

/** `GET /api/system`. */
export interface IGetSystemRequest {
  method: 'routemeter.getSystem';
  request: object;
  response: ISystemAnswer;
}

export type TTypedRequest =
  | IGetStatsRequest<unknown>
  | IGetRouteRequest
  | IGetConnectionsRequest
  | IGetHistoryRequest
  | IGetTopRequest
  | IGetSystemRequest;
