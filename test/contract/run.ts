import { once } from 'node:events';
import type * as http from 'node:http';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { makeCertificate } from '../helpers/certificate.js';
import type { THandler } from '../helpers/hosts/host.js';
import type { MetricsAwareProxy } from '../../ts/proxy/index.js';
import { Peer } from './peers.js';

export const CERTIFICATE = makeCertificate('localhost', ['localhost', '127.0.0.1']);

/** One life of one connection on one host, bare or wrapped: what its two peers do and see. */
export class Run {
  readonly client = new Peer();
  readonly handler = new Peer();
  /** Bytes that the client sent, as the handler's socket should have read them. */
  sent = 0;
  /** Bytes that the handler wrote, queued ones included. */
  written = 0;
  /** Bytes that reached the client; `client.bytes` unless a life counts them below another protocol. */
  receivedBelow: number | undefined = undefined;
  /** What the handler threw or rejected with. */
  failure: Error | undefined = undefined;
  /** The handler's socket, once it was called. */
  readonly entered: Promise<net.Socket>;
  socket: net.Socket | undefined = undefined;
  readonly #proxy: MetricsAwareProxy | undefined;
  readonly #sockets: net.Socket[] = [];
  #enter: (socket: net.Socket) => void = () => undefined;

  constructor(proxy: MetricsAwareProxy | undefined) {
    this.#proxy = proxy;
    this.entered = new Promise((resolve) => (this.#enter = resolve));
  }

  get received(): number {
    return this.receivedBelow ?? this.client.bytes;
  }

  /** The life's handler, with a look at what else listens to its socket once the host and the wrapper have done theirs. */
  instrument(handler: THandler): THandler {
    return (socket, context) => {
      this.socket = socket;
      process.nextTick(() => {
        const counts = ['data', 'readable', 'error'].map((event) => `${event} ${socket.listenerCount(event)}`);
        this.handler.notes.push(`listeners: ${counts.join(', ')}; flowing ${String(socket.readableFlowing)}`);
        this.#enter(socket);
      });
      return handler(socket, context);
    };
  }

  /** A client that is connected. */
  async connect(port: number, options: { readonly tls?: boolean; readonly data?: boolean } = {}): Promise<net.Socket> {
    const socket = options.tls === true ? this.#tls(port) : net.connect(port, '127.0.0.1');
    this.track(socket);
    this.client.watch(socket, { data: options.data ?? true });
    await once(socket, options.tls === true ? 'secureConnect' : 'connect');
    return socket;
  }

  /** Destroyed with the run, whatever happens. */
  track(socket: net.Socket): void {
    this.#sockets.push(socket);
  }

  #tls(port: number): tls.TLSSocket {
    return tls.connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false });
  }

  /** The client sends. */
  send(socket: net.Socket, bytes: Buffer): boolean {
    this.sent += bytes.length;
    return socket.write(bytes);
  }

  /** The handler writes. */
  reply(socket: net.Socket, bytes: Buffer): boolean {
    this.written += bytes.length;
    return socket.write(bytes);
  }

  /** An HTTP server that the handler gives its sockets to. */
  observe(server: http.Server): void {
    this.#proxy?.observeHttpServer(server);
  }

  /** A pass in the middle of a life; nothing where it runs bare. */
  async sweep(): Promise<void> {
    await this.#proxy?.sweep();
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Resolves once `bytes` have arrived at a peer. */
export async function arrived(peer: Peer, socket: net.Socket, bytes: number): Promise<void> {
  while (peer.bytes < bytes) await once(socket, 'data');
}

export async function ended(socket: net.Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}
