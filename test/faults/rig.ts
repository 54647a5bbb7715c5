import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import type { IRouteSnapshot } from '../../ts/interfaces/snapshot.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { UNROUTED } from '../../ts/shared/labels.js';
import { Peer } from '../contract/peers.js';
import { embeddedHost } from '../helpers/hosts/embeddedhost.js';
import type { IListening, ITestHost, THandler } from '../helpers/hosts/host.js';
import { plainHost } from '../helpers/hosts/plainhost.js';
import { proxiedSmartProxy, rustProxy, smartProxy } from '../helpers/hosts/shapedhosts.js';
import { until } from '../helpers/wait.js';

export const HOSTS: readonly ITestHost[] = [plainHost, embeddedHost, smartProxy, proxiedSmartProxy, rustProxy];
export const ROUTE = 'r';

/** Gauges of what is going on: each must be back at 0 once nothing does. */
const GAUGES = [
  'connections_active',
  'connections_pending',
  'connections_upgraded_active',
  'connections_half_open',
  'connections_oldest_seconds',
  'send_queue_bytes',
  'http_requests_in_flight',
  'dns_queries_in_flight',
];

export interface IScene<T> {
  /** The client speaks first. */
  readonly firstChunk: boolean;
  /** Some listeners of the proxy fail, as they should. */
  readonly listenersFail?: boolean;
  serve(rig: Rig): THandler;
  /** What the peers saw: the same bare and wrapped. */
  play(rig: Rig): Promise<T>;
}

export interface IFigures {
  readonly opened: number;
  readonly closed: number;
  readonly active: number;
  readonly halfOpen: number;
  readonly sendQueue: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly handlerErrors: number;
}

/** One host with one route, bare or wrapped and observed, and the clients that connect to it. */
export class Rig {
  readonly proxy: MetricsAwareProxy | null;
  readonly manager = new MetricsManager();
  /** The handler's sockets, in the order in which they came. */
  readonly handled: net.Socket[] = [];
  readonly clients: net.Socket[] = [];
  /** Bytes that the handler took and wrote, where it counts them. */
  taken = 0;
  written = 0;
  #listening: IListening | null = null;

  constructor(wrap: boolean) {
    this.proxy = wrap ? new MetricsAwareProxy({ sampleIntervalMs: 100 }) : null;
    if (this.proxy !== null) this.manager.observe(this.proxy);
  }

  async listen(host: ITestHost, scene: IScene<unknown>): Promise<void> {
    const handler = scene.serve(this);
    const called: THandler = (socket, context) => {
      this.handled.push(socket);
      return handler(socket, context);
    };
    const proxy = this.proxy ?? undefined;
    this.#listening = await host.listen(ROUTE, called, { firstChunk: scene.firstChunk, http: false, proxy });
  }

  get port(): number {
    return this.#listening?.port ?? 0;
  }

  /** How often each outcome of a handler's call was seen by the host. */
  get outcomes(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const outcome of this.#listening?.outcomes.toSorted() ?? []) counts[outcome] = (counts[outcome] ?? 0) + 1;
    return counts;
  }

  /** A client that is connected, and what it sees. */
  async connect(options: { readonly allowHalfOpen?: boolean } = {}): Promise<{ socket: net.Socket; peer: Peer }> {
    const socket = net.connect({ port: this.port, host: '127.0.0.1', ...options });
    this.clients.push(socket);
    const peer = new Peer();
    peer.watch(socket);
    await once(socket, 'connect');
    return { socket, peer };
  }

  /** Nothing where it runs bare. */
  async sweep(): Promise<void> {
    await this.proxy?.sweep();
  }

  /** All zeros where it runs bare. Whatever the route is called by then: one that its host lets go is `_retired`. */
  figures(): IFigures {
    const routes = this.manager.snapshot().proxy?.routes.filter(({ name }) => name !== UNROUTED) ?? [];
    const sum = (of: (route: IRouteSnapshot) => number | null): number =>
      routes.reduce((total, route) => total + (of(route) ?? 0), 0);
    return {
      opened: sum(({ total }) => total),
      closed: sum((route) => route.closed),
      active: sum(({ active }) => active),
      halfOpen: sum(({ halfOpen }) => halfOpen),
      sendQueue: sum(({ sendQueueBytes }) => sendQueueBytes),
      bytesIn: sum(({ bytesIn }) => bytesIn),
      bytesOut: sum(({ bytesOut }) => bytesOut),
      handlerErrors: sum(({ handlerErrors }) => handlerErrors),
    };
  }

  /** Every socket of the handler is closed; not by an event, since some hosts strip the listeners. */
  async handledAllClosed(): Promise<void> {
    await until(() => this.handled.every(({ closed }) => closed), "the end of the handler's sockets");
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.destroy();
    for (const socket of this.handled) socket.destroy();
    await this.#listening?.close();
  }
}

/**
 * Plays a scene on a host bare, then wrapped: the peers and the host must have seen the same. Gives the figures once all
 * is over, which then hold every identity, with every gauge at 0.
 */
export async function sameAsBare<T>(host: ITestHost, scene: IScene<T>): Promise<{ figures: IFigures; rig: Rig }> {
  const failures: unknown[] = [];
  const note = (reason: unknown): void => void failures.push(reason);
  process.on('unhandledRejection', note).on('uncaughtException', note);
  const [bare, wrapped] = [new Rig(false), new Rig(true)];
  try {
    const seen = [];
    for (const rig of [bare, wrapped]) {
      await rig.listen(host, scene);
      seen.push({ peers: await scene.play(rig), outcomes: rig.outcomes, handled: rig.handled.length });
      await rig.close();
      await rig.handledAllClosed();
    }
    assert.deepEqual(seen[1], seen[0], host.name);
    await over(wrapped.manager, wrapped.proxy);
    assert.deepEqual(failures, [], host.name);
    assert.equal((wrapped.proxy?.readings().listenerErrors ?? 0) > 0, scene.listenersFail ?? false, host.name);
    const figures = wrapped.figures();
    assert.deepEqual([figures.opened, figures.closed], [wrapped.handled.length, wrapped.handled.length], host.name);
    return { figures, rig: wrapped };
  } finally {
    process.off('unhandledRejection', note).off('uncaughtException', note);
    await Promise.all([bare.close(), wrapped.close()]);
  }
}

/** Nothing goes on any more: the books agree, now and ever before, and every gauge is at 0. */
export async function over(manager: MetricsManager, proxy: MetricsAwareProxy | null): Promise<void> {
  await until(async () => {
    await manager.settle();
    return (proxy?.activeCount() ?? 0) === 0;
  }, 'the end of all connections in the books');
  holds(manager);
  const { body } = await new PrometheusExporter(manager).render('text/plain');
  assert.deepEqual(
    body.split('\n').filter((line) => gauge.test(line) && !line.endsWith(' 0')),
    [],
  );
}

const gauge = new RegExp(`^router_(${GAUGES.join('|')})[ {]`);

/** Every identity holds and has never been broken. */
export function holds(manager: MetricsManager): void {
  const broken = manager.getStats().self.invariants.filter(({ ok, violations }) => !ok || violations > 0);
  assert.deepEqual(broken, []);
}

/** A number for each of many things that are done at once. */
export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_unused, index) => make(index));

export const closed = (socket: net.Socket): Promise<void> =>
  until(() => socket.closed, `the end of a client's connection`);
