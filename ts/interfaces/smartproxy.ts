import type * as net from 'node:net';

/**
 * The parts of SmartProxy (`@push.rocks/smartproxy` 19.5 and later) that are used, typed structurally: the package is
 * an optional peer and is never imported. Optional fields admit `undefined`, so that the real types fit.
 */

export interface IRouteContext {
  readonly port: number;
  readonly domain?: string | undefined;
  readonly clientIp: string;
  readonly serverIp: string;
  readonly path?: string | undefined;
  readonly query?: string | undefined;
  readonly headers?: Record<string, string> | undefined;
  readonly isTls: boolean;
  readonly tlsVersion?: string | undefined;
  readonly routeName?: string | undefined;
  readonly routeId?: string | undefined;
  readonly targetHost?: string | string[] | undefined;
  readonly targetPort?: number | undefined;
  readonly timestamp: number;
  readonly connectionId: string;
}

/** `context` is absent with SmartProxy 19.5.0 and with plain servers. */
export type TSocketHandler = (socket: net.Socket, context: IRouteContext) => void | Promise<void>;

export type TPortRange =
  number | readonly number[] | readonly (number | { readonly from: number; readonly to: number })[];

export interface IRouteMatch {
  readonly ports: TPortRange;
  readonly domains?: string | readonly string[] | undefined;
  readonly path?: string | undefined;
  readonly clientIp?: readonly string[] | undefined;
}

export interface IRouteTarget {
  readonly host: string;
  readonly port: number;
}

export interface IRouteTls {
  readonly mode: 'passthrough' | 'terminate' | 'terminate-and-reencrypt';
  readonly certificate?: 'auto' | { readonly key: string; readonly cert: string } | undefined;
}

export interface IRouteAction {
  readonly type: 'forward' | 'socket-handler';
  readonly targets?: readonly IRouteTarget[] | undefined;
  readonly tls?: IRouteTls | undefined;
  readonly socketHandler?: TSocketHandler | undefined;
}

export interface IRouteConfig {
  readonly name?: string | undefined;
  readonly id?: string | undefined;
  readonly match: IRouteMatch;
  readonly action: IRouteAction;
  readonly priority?: number | undefined;
}

/**
 * What wrapping needs to know of a route: any object of which the host's own route type is a subtype. `wrapRoutes`
 * returns the type it was given.
 */
export interface IWrappableRoute {
  name?: string | undefined;
  id?: string | undefined;
  match: { ports: unknown; domains?: unknown; path?: unknown };
  action: { type: string; socketHandler?: ((socket: never, context: never) => unknown) | undefined };
}

/** Groups of functions, every one of them optional, sync or promised, and allowed to throw. */
export interface IHostMetrics {
  readonly connections?:
    | {
        readonly active?: (() => number) | undefined;
        readonly total?: (() => number) | undefined;
        readonly byRoute?: (() => Map<string, number>) | undefined;
      }
    | undefined;
  readonly throughput?:
    | { readonly byRoute?: ((windowSeconds?: number) => Map<string, { in: number; out: number }>) | undefined }
    | undefined;
}

/** A SmartProxy, an EmbeddedProxy, or anything of their shape. What is optional is detected. */
export interface IProxyHost {
  readonly settings?: { readonly routes?: readonly IWrappableRoute[] | undefined } | undefined;
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  updateRoutes?: ((routes: never) => Promise<unknown>) | undefined;
  getMetrics?: (() => unknown) | undefined;
}
