import type { Server as HttpServer } from 'node:http';
import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { http, http2 } from '../../plugins.js';
import { DohConnection, MAX_OPEN } from './classes.dohconnection.js';
import { DohExchange, type IDohHost, type IDohRequest, type IDohResponse } from './classes.dohexchange.js';
import { sniff } from './preface.js';

/** Serves DNS over HTTPS on sockets that somebody else accepts, HTTP/1.1 and HTTP/2 alike (RFC 8484). */
export class DohService {
  readonly #host: IDohHost;
  readonly #connections = new Set<DohConnection>();
  /** By what a request shows: its socket, of HTTP/2 its session. */
  readonly #byCarrier = new WeakMap<object, DohConnection>();
  /** Neither listens: sockets are handed to them. */
  readonly #http: HttpServer;
  readonly #http2: Http2Server;
  #session: ServerHttp2Session | null = null;
  #open = false;

  constructor(host: IDohHost) {
    this.#host = host;
    this.#http = http.createServer((request, response) => this.#serve(request.socket, request, response));
    // Connections have time-outs of our own.
    this.#http.keepAliveTimeout = 0;
    this.#http.on('clientError', (error, socket) => this.#unreadable(error, socket as Socket));
    this.#http2 = http2.createServer({ settings: { maxConcurrentStreams: MAX_OPEN } }, (request, response) =>
      this.#serve(request.stream.session, request, response),
    );
    this.#http2.on('session', (session) => (this.#session = session));
    this.#http2.on('sessionError', (error: Error & { code?: string }) => {
      if (error.code === 'ERR_HTTP2_ERROR') this.#host.ledger.rejected('https', 'http');
    });
  }

  /** Queries whose answers have not gone out. */
  get open(): number {
    let open = 0;
    for (const connection of this.#connections) if (!connection.gone) open += connection.open;
    return open;
  }

  start(): void {
    this.#open = true;
  }

  /** Takes no more connections; those that are open end once what they asked is answered. */
  drain(): void {
    this.#open = false;
    for (const connection of this.#connections) connection.close(false);
  }

  close(): void {
    this.#open = false;
    for (const connection of this.#connections) connection.close(true);
  }

  /** Takes the socket, from which nothing may have been read that is not put back or emitted again. */
  serve(socket: Socket, clientIp: string | undefined, ended: () => void = () => undefined): void {
    if (!this.#open || socket.destroyed) {
      socket.on('error', () => undefined).destroy();
      return ended();
    }
    const connection = new DohConnection(socket, clientIp, this.#host.idleMs, () => {
      this.#connections.delete(connection);
      ended();
    });
    this.#connections.add(connection);
    sniff(socket, (isHttp2) => {
      if (isHttp2) this.#begin2(socket, connection);
      else {
        this.#byCarrier.set(socket, connection);
        this.#http.emit('connection', socket);
      }
    });
  }

  #begin2(socket: Socket, connection: DohConnection): void {
    // A host that ends TLS without a server of Node's leaves these as they are before the handshake. Node would wait for
    // its end, or take a client that was not asked for its protocol for one of HTTP/1.1.
    if ('alpnProtocol' in socket) Object.assign(socket, { alpnProtocol: 'h2', secureConnecting: false });
    this.#http2.emit('connection', socket);
    const session = this.#session;
    this.#session = null;
    if (session === null || session.connecting) {
      // What Node finds in a socket that it has not taken over would end the process.
      socket.read();
      return connection.close(true);
    }
    connection.session = session;
    this.#byCarrier.set(session, connection);
  }

  #serve(carrier: object | undefined, request: IDohRequest, response: IDohResponse): void {
    const connection = carrier === undefined ? undefined : this.#byCarrier.get(carrier);
    // A session that has ended meanwhile.
    if (connection === undefined) response.destroy();
    else new DohExchange(request, response, connection, this.#host).serve();
  }

  #unreadable(error: Error & { code?: string }, socket: Socket): void {
    const { code = '' } = error;
    // A client that ends within a request is told of by the request.
    if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') this.#host.ledger.rejected('https', 'http');
    const status = code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
    else socket.destroy();
  }
}
