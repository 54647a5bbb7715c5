import type { IDnsEvents, IProxyEvents, TConnectionType } from './events.js';

export type TListener<TEvent> = (event: TEvent) => void | Promise<void>;

/** `first`: called before every listener that did not ask for it. */
export interface ISubscribeOptions {
  readonly first?: boolean | undefined;
}

/** Where events come from. Listeners are fenced: what they throw or reject with never reaches the source. */
export interface IEventSource<TEvents> {
  on<K extends keyof TEvents>(event: K, listener: TListener<TEvents[K]>, options?: ISubscribeOptions): this;
  once<K extends keyof TEvents>(event: K, listener: TListener<TEvents[K]>): this;
  off<K extends keyof TEvents>(event: K, listener: TListener<TEvents[K]>): this;
  /** How many connections or queries the source itself holds open: its own book, to be compared with the manager's. */
  activeCount(): number;
  /** One full pass over what is open. Resolves when every byte counted so far has been told as an event. */
  sweep?(): Promise<void>;
}

/** A route of the host that it serves itself (`action.type: 'forward'`), as its own metrics tell it. `null`: not told. */
export interface IForwardedRoute {
  readonly name: string;
  readonly active: number | null;
  readonly total: number | null;
  /** Means of the last 10 s, as all rates. */
  readonly bytesInPerSecond: number | null;
  readonly bytesOutPerSecond: number | null;
}

export interface IForwardedReading {
  readonly routes: readonly IForwardedRoute[];
  /** Seconds since a reading last changed or was first taken; `null` before the first reading. */
  readonly staleSeconds: number | null;
}

/** What an embedded host counts itself; every key is a route's name. */
export interface IHostCounters {
  readonly backendConnectErrors: ReadonlyMap<string, number>;
  readonly backendRetries: ReadonlyMap<string, number>;
  readonly tlsHandshakeErrors: number;
  readonly certificates: readonly { readonly domain: string; /** Unix time in ms. */ readonly expiresAt: number }[];
}

/** Gauges that are read, not told by events. `null`: the source cannot know. */
export interface IProxyReadings {
  /** Keys of the configured routes that are wrapped, hit or not. */
  readonly routes: readonly string[];
  /** Accepted by the host and not yet handed to a route. */
  readonly pending: number | null;
  /** Unix time in ms of the last completed pass of the sampler. */
  readonly sampledAt: number | null;
  readonly forwarded: IForwardedReading | null;
  readonly host: IHostCounters | null;
  readonly listenerErrors: number;
}

export interface IDnsHandlerReading {
  /** The registered pattern. */
  readonly pattern: string;
  readonly calls: number;
  readonly errors: number;
}

export interface IDnsReadings {
  readonly handlers: readonly IDnsHandlerReading[];
  /** Handlers registered before `attach()`: counted by the server's event only. `null` where nothing is attached. */
  readonly unwrappedHandlers: number | null;
  readonly listenerErrors: number;
}

/** One open connection, with the figures of the sampler's last look at it. */
export interface IOpenConnection {
  /** Unique in this process. */
  readonly connectionId: number;
  readonly hostConnectionId?: string | undefined;
  readonly routeName: string;
  readonly type: TConnectionType;
  /** Normalised; `null` where the host does not tell. */
  readonly clientIp: string | null;
  readonly domain?: string | undefined;
  readonly port: number | null;
  /** Unix time in ms. */
  readonly openedAt: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes written by the handler and not yet handed to the kernel. */
  readonly sendQueue: number;
  /** One side has ended, the other has not. */
  readonly halfOpen: boolean;
}

/** What `MetricsManager.observe()` takes: a MetricsAwareProxy, or anything of its shape. */
export interface IProxySource extends IEventSource<IProxyEvents> {
  readonly kind: 'proxy';
  readings(): IProxyReadings;
  /**
   * Shows what is open, each connection at most once, in slices that give the event loop back. What opens or closes
   * meanwhile may or may not be shown. Rejects with what `visit` throws.
   */
  visitOpen?(visit: (connection: IOpenConnection) => void): Promise<void>;
}

/** What `MetricsManager.observe()` takes: a MetricsAwareDns, or anything of its shape. */
export interface IDnsSource extends IEventSource<IDnsEvents> {
  readonly kind: 'dns';
  readings(): IDnsReadings;
}
