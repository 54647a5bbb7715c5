import type * as net from 'node:net';
import type { IRouteContext } from '../../../ts/interfaces/smartproxy.js';
import type { MetricsAwareProxy } from '../../../ts/proxy/index.js';

/** `context` is absent where the host has none to give (plain servers). */
export type THandler = (socket: net.Socket, context?: IRouteContext) => void | Promise<void>;

export interface IListenOptions {
  /** The host terminates TLS with this certificate. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** Set: the handler runs wrapped. Not set: the same host runs it bare. */
  readonly proxy?: MetricsAwareProxy | undefined;
  /** Whether the client speaks first: hosts that consume a first chunk before the hand-over then do so. */
  readonly firstChunk: boolean;
  /** The client speaks HTTP: hosts that route by its Host header then do so. */
  readonly http: boolean;
}

export interface IListening {
  readonly port: number;
  /** What the host saw of each call of the handler, in order: what it returned, threw or rejected with. */
  readonly outcomes: readonly string[];
  close(): Promise<void>;
}

/** Something that accepts connections and hands them to socket handlers, as a user of routemeter would run it. */
export interface ITestHost {
  readonly name: string;
  /** The client's address as the host tells it, normalised; not always that of the socket's other end. */
  readonly clientIp: string;
  /** A relay stands between the client and the handler's socket: a reset arrives there as an end. */
  readonly relayed: boolean;
  /** The wrapper may listen to a promise that a handler returned, since the host takes its rejection in any case. */
  readonly takesRejections: boolean;
  /** Cleans up after a handler that failed with `removeAllListeners(); destroy()`. */
  readonly stripsListeners: boolean;
  listen(routeName: string, handler: THandler, options: IListenOptions): Promise<IListening>;
}

/** One word for what a host saw of a handler's call. */
export function describeFailure(kind: 'threw' | 'rejected', error: unknown): string {
  return `${kind} ${error instanceof Error ? error.message : String(error)}`;
}

/** Listens on loopback; rejects where the port is taken. */
export async function listening(server: net.Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}

/** Closes a server that never listened, too. */
export async function closed(server: net.Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
