import { net } from './plugins.js';

/** The listening servers of one address, by configured port: 0 is one server on a port that the system chooses. */
export class Listeners {
  readonly #address: string;
  readonly #accept: (socket: net.Socket, port: number) => void;
  readonly #failed: (error: Error) => void;
  readonly #servers = new Map<number, net.Server>();
  /** Servers that no longer accept and still have connections. */
  readonly #closing = new Set<Promise<void>>();

  constructor(address: string, accept: (socket: net.Socket, port: number) => void, failed: (error: Error) => void) {
    this.#address = address;
    this.#accept = accept;
    this.#failed = failed;
  }

  /** Opens what is not open yet. Rejects at the first failure, which names the port; what is open then stays open. */
  async open(ports: ReadonlySet<number>): Promise<void> {
    for (const port of ports) {
      if (!this.#servers.has(port)) this.#servers.set(port, await this.#listen(port));
    }
  }

  /** Stops accepting at once. Connections go on; `closed()` tells when they have ended. */
  closeAllBut(ports: ReadonlySet<number>): void {
    for (const [port, server] of this.#servers) {
      if (ports.has(port)) continue;
      this.#servers.delete(port);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      this.#closing.add(closed);
      void closed.then(() => this.#closing.delete(closed));
    }
  }

  /**
   * Resolves when no closing server has a connection. Node counts them itself: this does not depend on listeners of a
   * socket, which its handler may have removed.
   */
  async closed(): Promise<void> {
    await Promise.all(this.#closing);
  }

  boundPorts(): number[] {
    return [...this.#servers.values()].map((server) => (server.address() as net.AddressInfo).port);
  }

  #listen(port: number): Promise<net.Server> {
    return new Promise((resolve, reject) => {
      // Half-open, because a forward passes each side's end on by itself.
      const options = { allowHalfOpen: true, noDelay: true, keepAlive: true };
      const server = net.createServer(options, (socket) => this.#accept(socket, port));
      server.once('error', reject);
      server.listen(port, this.#address, () => {
        server.off('error', reject);
        server.on('error', this.#failed);
        resolve(server);
      });
    });
  }
}
