import * as net from 'node:net';
import * as tls from 'node:tls';
import type { IRouteConfig } from '../../../ts/interfaces/smartproxy.js';
import type { FakeMetrics } from './fakemetrics.js';
import { forward } from './forward.js';
import { matchesDomain, RoutePorts } from './routeports.js';

/** The line that comes first on the unix domain socket. */
export interface IRelayMetadata {
  readonly routeName: string;
  readonly clientIp: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly domain?: string | undefined;
  readonly connectionId: string;
}

export interface IFakeRelayOptions {
  readonly path: string;
  readonly joinFirstChunk: boolean;
  readonly metrics: FakeMetrics;
}

/** Stands for the Rust process: accepts clients, terminates TLS, and copies both ways to the handlers' process. */
export class FakeRelay {
  readonly #options: IFakeRelayOptions;
  readonly #clients = new Set<net.Socket>();
  readonly #ports = new RoutePorts((socket, key, port) => this.#accept(socket, key, port));
  #routes: readonly IRouteConfig[] = [];
  #nextId = 1;

  constructor(options: IFakeRelayOptions) {
    this.#options = options;
  }

  async apply(routes: readonly IRouteConfig[]): Promise<void> {
    this.#routes = routes;
    await this.#ports.apply(routes);
  }

  ports(): number[] {
    return this.#ports.ports();
  }

  portOf(route: IRouteConfig): number {
    return this.#ports.portOf(route);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.#ports.close();
  }

  #accept(raw: net.Socket, key: string, port: number): void {
    const routes = this.#routes.filter((route) => RoutePorts.keys(route).includes(key));
    const certificate = routes.map((route) => route.action.tls?.certificate).find((value) => typeof value === 'object');
    this.#clients.add(raw);
    raw.on('close', () => this.#clients.delete(raw));
    raw.on('error', () => undefined);
    if (typeof certificate !== 'object') {
      this.#look(raw, raw, routes, port);
      return;
    }
    const socket = new tls.TLSSocket(raw, { isServer: true, secureContext: tls.createSecureContext(certificate) });
    socket.allowHalfOpen = true;
    socket.on('error', () => raw.destroy());
    socket.once('secure', () => this.#look(socket, raw, routes, port));
  }

  #look(client: net.Socket, raw: net.Socket, routes: readonly IRouteConfig[], port: number): void {
    const byDomain = routes.some((route) => route.match.domains !== undefined);
    if (!this.#options.joinFirstChunk && !byDomain) {
      this.#connect(client, raw, routes[0], port, undefined, undefined);
      return;
    }
    const gone = (): void => void client.destroy();
    client.once('end', gone);
    client.once('data', (chunk: Buffer) => {
      client.off('end', gone);
      client.pause();
      const domain = /\r\nhost: *([^\r:]+)/i.exec(chunk.toString('latin1', 0, 4096))?.[1]?.toLowerCase();
      const route = routes.find((candidate) => matchesDomain(candidate, domain));
      this.#connect(client, raw, route, port, domain, chunk);
    });
  }

  #connect(
    client: net.Socket,
    raw: net.Socket,
    route: IRouteConfig | undefined,
    port: number,
    domain: string | undefined,
    chunk: Buffer | undefined,
  ): void {
    const { metrics, path } = this.#options;
    if (route === undefined) {
      client.destroy();
      return;
    }
    const routeName = route.name ?? '';
    metrics.opened(routeName);
    raw.once('close', () => metrics.closed(routeName));
    if (route.action.type === 'forward') {
      forward(client, route, metrics, chunk);
      return;
    }
    const metadata: IRelayMetadata = {
      routeName,
      clientIp: raw.remoteAddress ?? '',
      port,
      isTls: client !== raw,
      domain,
      connectionId: `relay-${this.#nextId++}`,
    };
    const inner = net.connect({ path, allowHalfOpen: true });
    const line = Buffer.from(`${JSON.stringify(metadata)}\n`);
    // One write, so that the reader finds the client's bytes behind the line.
    inner.write(chunk === undefined ? line : Buffer.concat([line, chunk]));
    // A connection that breaks on one side is dropped on the other: only clean ends are passed on one by one.
    inner.on('error', () => client.destroy());
    client.on('error', () => inner.destroy());
    client.on('close', () => inner.destroy());
    client.pipe(inner);
    inner.pipe(client);
  }
}
