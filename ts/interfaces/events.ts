/** What a socket turned out to carry. A later upgrade makes an `http` or `https` connection a `websocket`. */
export type TConnectionType = 'tcp' | 'tls' | 'http' | 'https' | 'websocket';

/** Why a connection ended: a closed vocabulary, so that it is safe as a label. */
export type TCloseReason =
  | 'client-end'
  | 'client-reset'
  | 'server-end'
  | 'server-destroy'
  | 'idle-timeout'
  | 'handler-error'
  | 'backend-error'
  | 'tls-error'
  | 'no-route'
  | 'limit'
  | 'shutdown'
  | 'unknown';

/** How a DNS message arrived. `unknown` where the host does not tell (handler mode). */
export type TDnsTransport = 'udp' | 'tcp' | 'https' | 'unknown';

/** What the answer cache did; `null` where there is no cache to ask. */
export type TCacheResult = 'hit' | 'coalesced' | 'miss' | 'bypass';

/** `client-gone`: its answer could not go out; over UDP, because the system would not send it. */
export type TDropReason = 'overload' | 'client-gone' | 'shutdown';

export interface IConnectionOpenEvent {
  /** Unique in this process. Whole numbers that count up are found at once; others may have to be searched for. */
  readonly connectionId: number;
  /** The host's own id, where its context tells one. */
  readonly hostConnectionId?: string | undefined;
  readonly routeName: string;
  readonly type: TConnectionType;
  /** Normalised (IPv4-mapped IPv6 becomes IPv4); `null` where the host does not tell. */
  readonly clientIp: string | null;
  readonly domain?: string | undefined;
  /** The local port; `null` where the host does not tell. */
  readonly port: number | null;
  /** Unix time in ms. */
  readonly timestamp: number;
}

export interface IConnectionUpgradeEvent {
  readonly connectionId: number;
  readonly routeName: string;
  /** As the client named it, lower case: `websocket`, … It comes from the network. */
  readonly protocol: string;
}

export interface IRequestStartEvent {
  readonly connectionId: number;
  readonly routeName: string;
  readonly method: string;
}

export interface IRequestEvent {
  readonly connectionId: number;
  readonly routeName: string;
  readonly method: string;
  /** `null`: the response was not finished (aborted). */
  readonly statusCode: number | null;
  readonly durationMs: number;
  readonly timestamp: number;
}

/** The only source of byte counters. Only for connections that changed; always before the connection's close. */
export interface ITrafficEvent {
  readonly connectionId: number;
  readonly routeName: string;
  readonly clientIp: string | null;
  /** Bytes since the connection's last `traffic`. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes written by the handler and not yet handed to the kernel, at the time of the reading. */
  readonly sendQueue: number;
  /** One side has ended, the other has not. */
  readonly halfOpen: boolean;
}

export interface IConnectionCloseEvent {
  readonly connectionId: number;
  readonly routeName: string;
  readonly type: TConnectionType;
  readonly clientIp: string | null;
  /** Milliseconds. */
  readonly duration: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** `bytesIn + bytesOut`. */
  readonly bytesTransferred: number;
  readonly reason: TCloseReason;
  /** Found destroyed by the sweep: the socket ended without telling its listeners. */
  readonly reaped: boolean;
  readonly timestamp: number;
}

export interface IHandlerErrorEvent {
  /** Set for a socket handler. */
  readonly routeName?: string | undefined;
  /** Set for a DNS handler: its registered pattern. */
  readonly handler?: string | undefined;
  /** What was thrown or rejected with, untouched. */
  readonly error: unknown;
}

export interface IQueryReceivedEvent {
  readonly queryId: number;
  /** Query type of the first question: `A`, `AAAA`, `TYPE65`, … */
  readonly type: string;
  /** Query name: lower case, presentation form, without the final dot (`.` for the root). */
  readonly domain: string;
  readonly source: TDnsTransport;
  readonly clientIp?: string | undefined;
  /** Octets of the message. */
  readonly size?: number | undefined;
  readonly timestamp: number;
}

export interface IQueryAnsweredEvent {
  readonly queryId: number;
  readonly source: TDnsTransport;
  readonly clientIp?: string | undefined;
  readonly type: string;
  readonly domain: string;
  readonly result: TCacheResult | null;
  readonly cached: boolean;
  /** Milliseconds, fractional. `null`: not measured (handler mode, no handler ran). */
  readonly responseTime: number | null;
  /** IANA mnemonic: `NOERROR`, `SERVFAIL`, … Absent where the host does not tell. */
  readonly responseCode?: string | undefined;
  readonly answered: boolean;
  readonly size?: number | undefined;
}

export interface IQueryDroppedEvent {
  readonly queryId: number;
  readonly source: TDnsTransport;
  readonly type: string;
  readonly reason: TDropReason;
}

export interface IPacketRejectedEvent {
  readonly source: TDnsTransport;
  readonly reason: string;
}

export interface ICacheEvent {
  readonly entries: number;
  readonly bytes: number;
  /** Since the last event. */
  readonly evictions: number;
}

export interface IProxyEvents {
  'connection-open': IConnectionOpenEvent;
  'connection-upgrade': IConnectionUpgradeEvent;
  'request-start': IRequestStartEvent;
  request: IRequestEvent;
  traffic: ITrafficEvent;
  'connection-close': IConnectionCloseEvent;
  'handler-error': IHandlerErrorEvent;
}

export interface IDnsEvents {
  'query-received': IQueryReceivedEvent;
  'query-answered': IQueryAnsweredEvent;
  'query-dropped': IQueryDroppedEvent;
  'packet-rejected': IPacketRejectedEvent;
  cache: ICacheEvent;
  'handler-error': IHandlerErrorEvent;
}

export type TRouterEventName = keyof IProxyEvents | keyof IDnsEvents;
