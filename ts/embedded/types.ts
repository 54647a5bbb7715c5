import type { TCloseReason } from '../interfaces/events.js';
import type { IRouteConfig, TSocketHandler } from '../interfaces/smartproxy.js';

export interface IEmbeddedProxyOptions {
  readonly routes: readonly IRouteConfig[];
  /** Address to listen on, `::1` and `::` included. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Peers in `proxyIPs` must begin with a PROXY protocol header, version 1 or 2. Default false. */
  readonly acceptProxyProtocol?: boolean | undefined;
  /** Addresses, CIDR blocks or `10.1.*` of the proxies in front. */
  readonly proxyIPs?: readonly string[] | undefined;
  /** Milliseconds a client has to send what routing needs, TLS handshake included. Default 10,000. */
  readonly headTimeoutMs?: number | undefined;
  /** Connections open at once over all ports; what comes after is closed. Default: no limit. */
  readonly maxConnections?: number | undefined;
}

/** A connection that ended before it was handed to a route. */
export interface IUnroutedEvent {
  /** `null`: it was gone before its address could be read. */
  readonly clientIp: string | null;
  readonly port: number;
  readonly durationMs: number;
  /** As read from the wire. */
  readonly bytesIn: number;
  readonly reason: TCloseReason;
}

export interface IEmbeddedProxyEvents {
  /** What a handler threw or rejected with, or what a listening server reported. */
  error: unknown;
  unrouted: IUnroutedEvent;
}

export type TWrapHandler = (handler: TSocketHandler, routeName: string) => TSocketHandler;
