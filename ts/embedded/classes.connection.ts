import type { TCloseReason } from '../interfaces/events.js';
import type { IRouteContext } from '../interfaces/smartproxy.js';
import { systemClock } from '../shared/clock.js';
import { normaliseIp } from '../shared/ip.js';
import { completeClientHello, serverName, TLS_HANDSHAKE } from './clienthello.js';
import { readHttpHead, type IHttpHead } from './httphead.js';
import { crypto, tls, type net } from './plugins.js';
import { readProxyHeader } from './proxyheader.js';
import { bestRoute, normaliseDomain, type IRoute } from './route.js';
import type { IUnroutedEvent } from './types.js';

/** What routing may read of a connection before it has decided. */
const MAX_HEAD_BYTES = 16_384;
const EMPTY = Buffer.alloc(0);

export interface IConnectionHost {
  readonly headTimeoutMs: number;
  /** Whether this peer is a proxy in front, which begins with a PROXY protocol header. */
  trusts(peer: string): boolean;
  /** Routes of a configured port that serve this client. */
  candidates(port: number, clientIp: string): readonly IRoute[];
  routed(connection: Connection, route: IRoute, context: IRouteContext): void;
  unrouted(connection: Connection, event: IUnroutedEvent): void;
}

/**
 * One accepted connection on its way to a route: it tells its host exactly once that it was routed or unrouted.
 * Everything read on the way is put back before a handler sees the socket, which is then not flowing.
 */
export class Connection {
  readonly raw: net.Socket;
  /** As configured: 0 stays 0. */
  readonly port: number;
  /** What the handler gets: the accepted socket, or the TLS socket around it. */
  socket: net.Socket;
  readonly #host: IConnectionHost;
  readonly #since = systemClock.now();
  // Read now: an ended socket has forgotten it.
  readonly #localPort: number;
  #stage: 'head' | 'tls' | 'done' = 'head';
  #clientIp: string | null;
  #headerDue = false;
  #head: Buffer = EMPTY;
  #reading = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(raw: net.Socket, port: number, host: IConnectionHost) {
    this.raw = raw;
    this.socket = raw;
    this.port = port;
    this.#host = host;
    this.#localPort = raw.localPort ?? port;
    this.#clientIp = normaliseIp(raw.remoteAddress);
  }

  begin(): void {
    // For the socket's whole life: a reset must not end the process because a handler listens to nothing.
    this.raw.on('error', ignore);
    this.raw.once('close', () => {
      this.end(this.raw.errored === null ? 'client-end' : 'client-reset');
    });
    if (this.#clientIp === null) return this.end('client-reset');
    this.#headerDue = this.#host.trusts(this.#clientIp);
    this.#step();
  }

  /** Closes a connection that no route has taken. Later calls, and calls after the hand-over, do nothing. */
  end(reason: TCloseReason): void {
    if (this.#stage === 'done') return;
    const event: IUnroutedEvent = {
      clientIp: this.#clientIp,
      port: this.#localPort,
      durationMs: systemClock.now() - this.#since,
      bytesIn: this.raw.bytesRead,
      reason,
    };
    this.#finish();
    this.socket.destroy();
    this.raw.destroy();
    this.#host.unrouted(this, event);
  }

  /** No more than the limit: what is decided must not depend on how the bytes were packed. */
  get #seen(): Buffer {
    return this.#head.subarray(0, MAX_HEAD_BYTES);
  }

  #step(): void {
    if (this.#headerDue) {
      const header = readProxyHeader(this.#seen);
      if (header === 'bad') return this.end('no-route');
      if (header === 'more') return this.#wait();
      this.#headerDue = false;
      this.#clientIp = header.clientIp ?? this.#clientIp;
      this.#head = this.#head.subarray(header.size);
    }
    const routes = this.#host.candidates(this.port, this.#clientIp ?? '');
    const [secure, plain] = [
      routes.filter((route) => route.tls !== null),
      routes.filter((route) => route.tls === null),
    ];
    const byHost = plain.some((route) => route.domains.length > 0);
    if (routes.length === 0) return this.end('no-route');
    // Nothing to look at: the client may be one that waits for the server's first word.
    if (secure.length === 0 && !byHost) return this.#choose(plain, {}, false);
    if (this.#head.length === 0) return this.#wait();
    if (secure.length > 0 && this.#head[0] === TLS_HANDSHAKE) return this.#stepTls(secure);
    if (plain.length === 0) return this.end('tls-error');
    const head = byHost ? readHttpHead(this.#seen) : {};
    if (head === 'more') return this.#wait();
    this.#choose(plain, head, false);
  }

  #stepTls(routes: readonly IRoute[]): void {
    const hello = completeClientHello(this.#seen);
    if (hello === 'bad') return this.end('tls-error');
    if (hello === 'more') return this.#wait();
    // Put back before the pause that parsing makes: with bytes in it the socket keeps its end to itself.
    this.#putBack();
    serverName(hello).then(
      (host) => this.#choose(routes, { host }, true),
      () => this.end('tls-error'),
    );
  }

  #choose(routes: readonly IRoute[], head: IHttpHead, isTls: boolean): void {
    if (this.#stage === 'done') return;
    const domain = normaliseDomain(head.host);
    const route = bestRoute(routes, domain);
    if (route === undefined) return this.end('no-route');
    this.#putBack();
    const target = route.nextTarget();
    const context = {
      port: this.#localPort,
      domain,
      clientIp: this.#clientIp ?? '',
      serverIp: normaliseIp(this.raw.localAddress) ?? '',
      path: head.path,
      query: head.query,
      headers: head.headers,
      isTls,
      routeName: route.config.name,
      routeId: route.config.id,
      targetHost: target?.host,
      targetPort: target?.port,
      connectionId: crypto.randomUUID(),
    };
    if (route.secureContext === null) this.#handOver(route, { ...context, timestamp: systemClock.wall() });
    else this.#terminate(route, route.secureContext, context);
  }

  #terminate(route: IRoute, secureContext: tls.SecureContext, context: Omit<IRouteContext, 'timestamp'>): void {
    const socket = new tls.TLSSocket(this.raw, { isServer: true, secureContext });
    this.#stage = 'tls';
    this.socket = socket;
    const failed = (): void => this.end('tls-error');
    // The error listener stays, as that of the socket below.
    socket.on('error', failed).once('end', failed);
    socket.once('secure', () => {
      if (this.#stage === 'done') return;
      socket.off('end', failed);
      // What Node's own TLS server sees to: else an unreadable record or an endless renegotiation would end nothing.
      socket.on('_tlsError', (error: Error) => socket.destroy(error));
      const tlsVersion = socket.getProtocol() ?? undefined;
      this.#handOver(route, { ...context, tlsVersion, timestamp: systemClock.wall() });
    });
  }

  #handOver(route: IRoute, context: IRouteContext): void {
    this.#finish();
    // Handlers are written for Node's default: a client's end ends the socket. One that wants more may set it back.
    this.socket.allowHalfOpen = route.config.action.type === 'forward';
    this.#host.routed(this, route, context);
  }

  #wait(): void {
    if (this.#head.length >= MAX_HEAD_BYTES) return this.end('limit');
    this.#timer ??= setTimeout(() => this.end('idle-timeout'), this.#host.headTimeoutMs).unref();
    if (this.#reading) return;
    this.#reading = true;
    this.raw.on('data', this.#onData);
    this.raw.on('end', this.#onEnd);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    this.#step();
  };

  readonly #onEnd = (): void => this.end('client-end');

  /** Leaves the socket as if nobody had read it. */
  #putBack(): void {
    if (!this.#reading) return;
    this.#reading = false;
    this.raw.off('data', this.#onData);
    this.raw.off('end', this.#onEnd);
    // As Node's HTTP server does at an upgrade: `pause()` would leave a socket that a later 'data' listener cannot start.
    (this.raw as { readableFlowing: boolean | null }).readableFlowing = null;
    if (this.#head.length > 0) this.raw.unshift(this.#head);
    this.#head = EMPTY;
  }

  #finish(): void {
    this.#stage = 'done';
    clearTimeout(this.#timer);
    this.raw.off('data', this.#onData);
    this.raw.off('end', this.#onEnd);
  }
}

const ignore = (): void => undefined;
