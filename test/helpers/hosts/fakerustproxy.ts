import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IRouteConfig, IRouteContext } from '../../../ts/interfaces/smartproxy.js';
import { FakeMetrics } from './fakemetrics.js';
import { FakeRelay, type IRelayMetadata } from './fakerelay.js';
import { closed, describeFailure } from './host.js';

export interface IFakeRustProxyOptions {
  readonly routes: readonly IRouteConfig[];
  /** Sends the metadata line together with the client's first bytes, so that leftovers are unshifted. Default false. */
  readonly joinFirstChunk?: boolean | undefined;
}

/**
 * Acts towards socket handlers as SmartProxy's Rust engine does: a relay owns the clients and reaches the handlers'
 * process through a unix domain socket, on which a line of metadata comes first. Readings of `getMetrics()` are as
 * old as the last `poll()`, and 0 before the first. Emits `handler-outcome` (a word) for tests.
 */
export class FakeRustProxy extends EventEmitter {
  readonly settings: { routes: IRouteConfig[] };
  readonly #joinFirstChunk: boolean;
  readonly #metrics = new FakeMetrics();
  readonly #sockets = new Set<net.Socket>();
  #polled = new FakeMetrics().groups();
  #server: net.Server | undefined;
  #folder: string | undefined;
  #relay: FakeRelay | undefined;

  constructor(options: IFakeRustProxyOptions) {
    super();
    this.settings = { routes: [...options.routes] };
    this.#joinFirstChunk = options.joinFirstChunk ?? false;
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = net.createServer((socket) => this.#readMetadata(socket));
    this.#server = server;
    this.#folder = await mkdtemp(join(tmpdir(), 'relay-'));
    const path = join(this.#folder, 'handlers.sock');
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
    this.#relay = new FakeRelay({ path, joinFirstChunk: this.#joinFirstChunk, metrics: this.#metrics });
    await this.#relay.apply(this.settings.routes);
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    for (const socket of this.#sockets) this.#cleanUp(socket);
    await this.#relay?.close();
    await closed(server);
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  async updateRoutes(routes: readonly IRouteConfig[]): Promise<void> {
    this.settings.routes = [...routes];
    await this.#relay?.apply(this.settings.routes);
  }

  /** What the last poll read: promised, as some versions do. */
  getMetrics(): Promise<ReturnType<FakeMetrics['groups']>> {
    return Promise.resolve(this.#polled);
  }

  /** The engine does this once a second by itself; here tests decide when. */
  poll(): void {
    const { connections, throughput } = this.#metrics.groups();
    const frozen = { active: connections.active(), total: connections.total(), byRoute: connections.byRoute() };
    const rates = throughput.byRoute(1);
    this.#polled = {
      connections: {
        active: () => frozen.active,
        total: () => frozen.total,
        byRoute: () => new Map(frozen.byRoute),
      },
      throughput: { byRoute: () => new Map(rates) },
    };
  }

  getListeningPorts(): number[] {
    return this.#relay?.ports() ?? [];
  }

  /** The first port of a route, as bound. */
  portOf(routeName: string): number {
    const route = this.settings.routes.find(({ name }) => name === routeName);
    if (route === undefined || this.#relay === undefined) throw new Error(`no route ${routeName}`);
    return this.#relay.portOf(route);
  }

  /** Whoever listens for the end is not told. */
  #cleanUp(socket: net.Socket): void {
    this.#sockets.delete(socket);
    socket.removeAllListeners();
    socket.destroy();
  }

  #readMetadata(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    let read = Buffer.alloc(0);
    const take = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf('\n');
      if (end < 0) return;
      socket.off('data', take);
      // Until the handler listens, or what is put back would flow past it.
      socket.pause();
      const metadata = JSON.parse(read.toString('utf8', 0, end)) as IRelayMetadata;
      if (read.length > end + 1) socket.unshift(read.subarray(end + 1));
      this.#call(socket, metadata);
    };
    socket.on('data', take);
  }

  #call(socket: net.Socket, metadata: IRelayMetadata): void {
    const route = this.settings.routes.find(({ name }) => name === metadata.routeName);
    const handler = route?.action.socketHandler;
    if (handler === undefined) {
      this.#cleanUp(socket);
      return;
    }
    const context: IRouteContext = { ...metadata, serverIp: '127.0.0.1', timestamp: Date.now() };
    try {
      const result: unknown = handler(socket, context);
      if (result instanceof Promise) {
        this.emit('handler-outcome', 'promise');
        result.catch((error: unknown) => {
          this.emit('handler-outcome', describeFailure('rejected', error));
          this.#cleanUp(socket);
        });
      } else {
        this.emit('handler-outcome', `returned ${String(result)}`);
      }
      // One tick later: a TLS socket that the handler made takes what was put back on the next one.
      process.nextTick(() => socket.resume());
    } catch (error) {
      this.emit('handler-outcome', describeFailure('threw', error));
      this.#cleanUp(socket);
    }
  }
}
