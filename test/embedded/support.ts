import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { AddressInfo } from 'node:net';
import { EmbeddedProxy, type IEmbeddedProxyOptions, type IUnroutedEvent } from '../../ts/embedded/index.js';
import type { IRouteConfig, IRouteContext, TSocketHandler } from '../../ts/interfaces/smartproxy.js';

export interface IRunning {
  readonly proxy: EmbeddedProxy;
  readonly port: number;
  readonly unrouted: IUnroutedEvent[];
  readonly errors: unknown[];
}

export async function run(
  routes: readonly IRouteConfig[],
  options: Omit<IEmbeddedProxyOptions, 'routes'> = {},
): Promise<IRunning> {
  const proxy = new EmbeddedProxy({ routes, ...options });
  const unrouted: IUnroutedEvent[] = [];
  const errors: unknown[] = [];
  proxy.on('unrouted', (event) => void unrouted.push(event));
  proxy.on('error', (error) => void errors.push(error));
  await proxy.start();
  return { proxy, port: proxy.getListeningPorts()[0] ?? 0, unrouted, errors };
}

/** Runs a test's body with a proxy that is stopped whatever happens. */
export const withProxy =
  (
    routes: () => readonly IRouteConfig[] | Promise<readonly IRouteConfig[]>,
    body: (running: IRunning) => Promise<void>,
    options: Omit<IEmbeddedProxyOptions, 'routes'> = {},
  ) =>
  async (): Promise<void> => {
    const running = await run(await routes(), options);
    try {
      await body(running);
    } finally {
      await running.proxy.stop({ drainMs: 0 });
    }
  };

/** Answers with its label and the context it got, then ends. It reads: Node never closes a socket with unread bytes. */
export const tells =
  (label: string): TSocketHandler =>
  (socket, context) =>
    void socket.resume().end(`${JSON.stringify({ label, ...context })}\n`);

export type TTold = IRouteContext & { readonly label: string };

/** Answers with what it got, and its end with its own. */
export const echoes: TSocketHandler = (socket) => void socket.pipe(socket);

/** Everything the other side sends until it ends; an error is told as text. */
export async function received(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  await new Promise<void>((resolve) => {
    socket.once('end', () => resolve());
    socket.once('close', () => resolve());
    socket.once('error', () => resolve());
  });
  return Buffer.concat(chunks);
}

/** Sends, waits for the end, and reads what a `tells` handler said; `null` when nothing came. */
export async function ask(port: number, data: string | Buffer, host = '127.0.0.1'): Promise<TTold | null> {
  const socket = net.connect({ port, host, noDelay: true });
  socket.on('error', () => undefined);
  if (data.length > 0) socket.write(data);
  const answer = await received(socket);
  socket.destroy();
  return answer.length === 0 ? null : (JSON.parse(answer.toString()) as TTold);
}

export interface IListening {
  readonly server: net.Server;
  readonly port: number;
  close(): Promise<void>;
}

/** A backend on a port of its own. */
export async function listening(
  handler: (socket: net.Socket) => void,
  secure?: { readonly key: string; readonly cert: string },
): Promise<IListening> {
  const sockets = new Set<net.Socket>();
  const take = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    handler(socket);
  };
  const options = { allowHalfOpen: true };
  const server =
    secure === undefined ? net.createServer(options, take) : tls.createServer({ ...options, ...secure }, take);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return { server, port: (server.address() as AddressInfo).port, close };
}

/** A port on which nobody listens. */
export async function deadPort(): Promise<number> {
  const { port, close } = await listening(() => undefined);
  await close();
  return port;
}

/** A reset and nothing before it: `resetAndDestroy()` sends an end first. */
export function reset(socket: net.Socket): void {
  (socket as { resetAndClosing?: boolean }).resetAndClosing = true;
  socket.destroy();
}
