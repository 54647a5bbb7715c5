import type { Server, Socket } from 'node:net';
import { normaliseIp } from '../../../shared/ip.js';
import { net, tls } from '../../plugins.js';
import { ConnectionLimit, type IConnectionLimits } from '../classes.connectionlimit.js';
import type { Ledger } from '../classes.ledger.js';
import type { IListenAddress } from '../classes.udplistener.js';
import type { DohService } from './classes.dohservice.js';

export interface IDohAddress extends IListenAddress {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface IDohListenerHost {
  readonly service: DohService;
  readonly ledger: Ledger;
  /** For the handshake. */
  readonly idleMs: number;
  readonly limits: IConnectionLimits;
}

/** One TLS address that clients ask; ALPN offers HTTP/2 and HTTP/1.1. */
export class DohListener {
  readonly #address: IDohAddress;
  readonly #host: IDohListenerHost;
  readonly #limit: ConnectionLimit;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  constructor(address: IDohAddress, host: IDohListenerHost) {
    this.#address = address;
    this.#host = host;
    this.#limit = new ConnectionLimit(host.limits);
  }

  /** As bound; `null` while closed. */
  get address(): IListenAddress | null {
    const bound = this.#server?.address();
    if (bound === undefined || bound === null || typeof bound === 'string') return null;
    return { host: bound.address, port: bound.port };
  }

  async open(): Promise<void> {
    const { host, port, key, cert } = this.#address;
    const { service, ledger, idleMs } = this.#host;
    const secure = tls.createServer({ key, cert, ALPNProtocols: ['h2', 'http/1.1'], handshakeTimeout: idleMs });
    secure.on('secureConnection', (socket) => service.serve(socket, normaliseIp(socket.remoteAddress) ?? undefined));
    secure.on('tlsClientError', (_error, socket) => {
      ledger.rejected('https', 'tls');
      socket.destroy();
    });
    const server = net.createServer((socket) => {
      if (this.#enter(socket)) secure.emit('connection', socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, ipv6Only: net.isIPv6(host) }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    // Accepting can fail for want of descriptors; what is open goes on.
    server.on('error', () => undefined);
    this.#server = server;
  }

  /** Takes no more connections; those that are open are the service's to end. */
  drain(): void {
    this.#server?.close();
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    // Also those that are in their handshake.
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      if (server.listening) server.close(() => resolve());
      else if (this.#sockets.size === 0) resolve();
      else server.once('close', resolve);
    });
  }

  #enter(socket: Socket): boolean {
    const client = normaliseIp(socket.remoteAddress) ?? '';
    socket.on('error', () => undefined);
    const reason = this.#limit.enter(client);
    if (reason !== null) {
      this.#host.ledger.rejected('https', reason);
      socket.destroy();
      return false;
    }
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#limit.leave(client);
    });
    return true;
  }
}
