import { http, https } from './plugins.js';
import type { net } from './plugins.js';
import type { ITlsPair } from './certificate.js';
import { bracketed } from './hosts.js';
import type { TNodeListener } from './nodelistener.js';

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  // How often the two time-outs are looked at; Node's 30 s would make 40 s and 60 s of them.
  connectionsCheckingInterval: 1_000,
} as const;
const MAX_CONNECTIONS = 256;
const HANDSHAKE_MS = 10_000;
/** A client that neither sends nor takes anything for so long is let go. */
const IDLE_MS = 60_000;
/** How long answers under way may take at the end. */
const DRAIN_MS = 2_000;

/** One life of a listening HTTP or HTTPS server with limits: from `listen()` to `close()`. */
export class BoundServer {
  readonly #server: http.Server;
  readonly #secure: https.Server | null;
  // A list of our own: Node's list of HTTP connections lacks those that are in a TLS handshake.
  readonly #sockets = new Set<net.Socket>();
  #underWay = 0;
  /** Those of each connection: of answers that wait for their turn on one, none tells that it is gone with it. */
  readonly #underWayOn = new WeakMap<net.Socket, number>();
  #tellIdle: () => void = () => undefined;

  constructor(listener: TNodeListener, tls: ITlsPair | undefined) {
    const counted: TNodeListener = (request, response) => {
      this.#begin(request.socket);
      response.once('close', () => this.#end(request.socket, 1));
      listener(request, response);
    };
    this.#secure =
      tls === undefined ? null : https.createServer({ ...LIMITS, ...tls, handshakeTimeout: HANDSHAKE_MS }, counted);
    this.#server = this.#secure ?? http.createServer(LIMITS, counted);
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.timeout = IDLE_MS;
    this.#server.on('connection', (socket: net.Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  #begin(socket: net.Socket): void {
    const others = this.#underWayOn.get(socket);
    if (others === undefined) socket.once('close', () => this.#end(socket, this.#underWayOn.get(socket) ?? 0));
    this.#underWayOn.set(socket, (others ?? 0) + 1);
    this.#underWay++;
  }

  #end(socket: net.Socket, answers: number): void {
    const left = this.#underWayOn.get(socket) ?? 0;
    const ended = Math.min(answers, left);
    this.#underWayOn.set(socket, left - ended);
    this.#underWay -= ended;
    if (this.#underWay === 0) this.#tellIdle();
  }

  /** Resolves with where it listens; rejects with the system's `code` and a message that names address and port. */
  async listen(host: string, port: number): Promise<net.AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port));
      this.#server.once('error', failed);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', failed);
        // What fails from here on concerns one connection; unheard, it would end the observed process.
        this.#server.on('error', () => undefined);
        resolve();
      });
    });
    return this.#server.address() as net.AddressInfo;
  }

  /** For new connections; those that are open keep theirs. A server without TLS stays without. */
  useCertificate({ key, cert }: ITlsPair): void {
    this.#secure?.setSecureContext({ key, cert });
  }

  /** Accepts no more, lets answers under way end for a bounded time, then ends every connection. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        const deadline = setTimeout(resolve, DRAIN_MS).unref();
        this.#tellIdle = () => {
          clearTimeout(deadline);
          resolve();
        };
      });
    }
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const reason = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message;
  const told = new Error(`OpsServer cannot listen on ${bracketed(host)}:${port}: ${reason}`, { cause: error });
  return Object.assign(told, { code: error.code });
}
