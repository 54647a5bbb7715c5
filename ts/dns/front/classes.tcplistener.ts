import type { Server, Socket } from 'node:net';
import { normaliseIp } from '../../shared/ip.js';
import { net } from '../plugins.js';
import { ConnectionLimit, type IConnectionLimits } from './classes.connectionlimit.js';
import { type IConnectionHost, TcpConnection } from './classes.tcpconnection.js';
import type { IListenAddress } from './classes.udplistener.js';

/** One TCP address that clients ask. */
export class TcpListener {
  readonly #address: IListenAddress;
  readonly #host: IConnectionHost;
  readonly #limit: ConnectionLimit;
  readonly #connections = new Set<TcpConnection>();
  #server: Server | null = null;

  constructor(address: IListenAddress, host: IConnectionHost, limits: IConnectionLimits) {
    this.#address = address;
    this.#host = host;
    this.#limit = new ConnectionLimit(limits);
  }

  /** As bound; `null` while closed. */
  get address(): IListenAddress | null {
    const bound = this.#server?.address();
    if (bound === undefined || bound === null || typeof bound === 'string') return null;
    return { host: bound.address, port: bound.port };
  }

  /** Connections open now. */
  get size(): number {
    return this.#connections.size;
  }

  async open(): Promise<void> {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    const { host, port } = this.#address;
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

  /** Takes no more connections; those that are open end once what they asked is answered. */
  drain(): void {
    this.#server?.close();
    for (const connection of this.#connections) connection.close(false);
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    for (const connection of this.#connections) connection.close(true);
    await new Promise<void>((resolve) => {
      if (server.listening) server.close(() => resolve());
      else if (this.#connections.size === 0) resolve();
      else server.once('close', resolve);
    });
  }

  #accept(socket: Socket): void {
    const client = normaliseIp(socket.remoteAddress) ?? '';
    const reason = this.#limit.enter(client);
    if (reason !== null) {
      this.#host.ledger.rejected('tcp', reason);
      socket.on('error', () => undefined).destroy();
      return;
    }
    const connection = new TcpConnection(socket, this.#host);
    this.#connections.add(connection);
    socket.once('close', () => {
      this.#connections.delete(connection);
      this.#limit.leave(client);
    });
    connection.serve();
  }
}
