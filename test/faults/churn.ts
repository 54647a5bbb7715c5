import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import type { IRouteConfig } from '../../ts/interfaces/smartproxy.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { get, http1Client, http2Client } from '../dns/front/dohclient.js';
import { FakeUpstream, FrontBench, framed, LOOPBACK, replyTo, ADDRESS, TcpClient } from '../dns/front/support.js';
import { makeCertificate } from '../helpers/certificate.js';
import { message } from '../helpers/smartdns.js';
import { until } from '../helpers/wait.js';
import { holds, over, times } from './rig.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const ignore = (): void => undefined;

/** However slow the machine is. */
const AT_LEAST_TURNS = 80;
/** By this part of the whole everything that is bounded is full, and what runs is compiled. */
const WARM = 0.4;
const SAMPLES = 12;
const MAY_GROW = 0.05;

async function heap(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A number that never comes twice, as an address of this machine, as a name. */
class Distinct {
  #last = 0;

  next(): number {
    return ++this.#last;
  }

  address(): string {
    const n = this.next();
    return `127.${1 + ((n >> 16) % 200)}.${(n >> 8) & 255}.${1 + (n % 254)}`;
  }
}

/** Everything at once: a host with routes that come and go, and a DNS front, both observed, scraped and read. */
class World {
  readonly distinct = new Distinct();
  readonly manager = new MetricsManager({ limits: { routes: 40 }, topLists: { capacity: 60 } });
  readonly proxy = new MetricsAwareProxy({ sampleIntervalMs: 100 });
  readonly web = http.createServer((request, response) => {
    if (request.url === '/slow') response.write('begun');
    else response.end('hello');
  });
  readonly host: EmbeddedProxy;
  readonly dns: FrontBench;
  readonly exporter = new PrometheusExporter(this.manager, { topLists: true });

  constructor(dns: FrontBench) {
    this.dns = dns;
    this.manager.observe(dns.dns);
    this.manager.observe(this.proxy);
    this.host = new EmbeddedProxy({ routes: this.routes() });
    this.proxy.attach(this.host);
    this.proxy.observeHttpServer(this.web);
  }

  /** New ones each time, and one that takes what they do not. */
  routes(): IRouteConfig[] {
    const handler = (socket: net.Socket): void => {
      socket.on('error', ignore);
      this.web.emit('connection', socket);
    };
    const route = (name: string, domains?: string): IRouteConfig => ({
      name,
      match: { ports: 0, ...(domains === undefined ? {} : { domains }) },
      action: { type: 'socket-handler', socketHandler: (socket) => handler(socket) },
    });
    const some = times(5, () => `n${this.distinct.next()}`);
    return [...some.map((name) => route(name, `${name}.test`)), route('rest', '*')];
  }

  /** A client of an address of its own: asks for a name of its own, and ends in one of several ways. */
  async client(kind: number): Promise<void> {
    const [port = 0] = this.host.getListeningPorts();
    const { settings } = this.host;
    const name = settings.routes[kind % 7]?.name ?? `x${this.distinct.next()}`;
    const socket = net.connect({ port, host: LOOPBACK, localAddress: this.distinct.address() });
    socket.on('error', ignore);
    const path = kind % 5 === 0 ? '/slow' : '/';
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${name}.test\r\n\r\n`);
    await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    if (kind % 3 === 0) socket.resetAndDestroy();
    else if (kind % 3 === 1) socket.end();
    else socket.destroy();
    await until(() => socket.closed || kind % 5 === 0, 'the end of a client');
    socket.destroy();
  }

  /** A name of its own for each question, over every transport. */
  async ask(turn: number): Promise<void> {
    const query = (id: number): Buffer => message(id, [[`q${this.distinct.next()}.test`, 1]]);
    const socket = createSocket('udp4');
    socket.bind(0, this.distinct.address());
    await once(socket, 'listening');
    let replies = 0;
    socket.on('message', () => void replies++);
    for (let id = 0; id < 10; id++) socket.send(query(id), this.dns.udp, LOOPBACK);
    await until(() => replies === 10, 'all replies');
    socket.close();
    if (turn % 3 === 0) {
      const tcp = new TcpClient(this.dns.tcp);
      tcp.socket.write(framed(query(1)));
      await tcp.reply(1);
      tcp.socket.destroy();
    }
    if (turn % 4 === 0) {
      const port = this.dns.dns.addresses.doh[0]?.port ?? 0;
      const client = turn % 8 === 0 ? http1Client(port, true) : http2Client(port, true);
      await client.request(get(query(1)));
      await client.close();
    }
  }

  async turn(turn: number): Promise<void> {
    await Promise.all([...times(12, (index) => this.client(turn + index)), this.ask(turn)]);
    if (turn % 5 === 0) await this.host.updateRoutes(this.routes());
    if (turn % 10 === 0) await this.exporter.render(turn % 20 === 0 ? 'text/plain' : 'application/openmetrics-text');
    holds(this.manager);
    // What the bench notes for its own tests would grow for ever.
    const { seen, drops, rejects, upstream } = this.dns;
    for (const list of [seen.received, seen.answered, seen.errors, seen.order, seen.active, drops, rejects]) {
      list.length = 0;
    }
    upstream.queries.length = 0;
  }
}

/** Churn for so long, with every client, name and route a new one: the heap after a forced collection stays flat. */
export async function churn(durationMs: number): Promise<void> {
  const doh = [{ host: LOOPBACK, port: 0, ...makeCertificate('localhost') }];
  const upstream = new FakeUpstream((query, from, itself) => itself.send(replyTo(query, [ADDRESS]), from));
  const bench = await FrontBench.open({ doh }, { cache: { maxEntries: 100 } }, upstream);
  bench.checkEvery = 1_000;
  const world = new World(bench);
  await world.manager.start();
  await world.host.start();
  const began = performance.now();
  const heaps: number[] = [];
  let turns = 0;
  for (let done = 0; done < 1; done = Math.min((performance.now() - began) / durationMs, turns / AT_LEAST_TURNS)) {
    if (done * SAMPLES >= heaps.length) heaps.push(await heap());
    await world.turn(++turns);
  }
  heaps.push(await heap());
  const warm = heaps.slice(WARM * SAMPLES);
  const half = warm.length >> 1;
  // The least of each half: a collection may leave something for the next one, never take what is held.
  const [early, late] = [Math.min(...warm.slice(0, half)), Math.min(...warm.slice(half))];
  const { proxy, dns } = world.manager.snapshot();
  const told = `${turns} turns, ${proxy?.opened} connections, ${dns?.queries} queries; MB: ${heaps
    .map((bytes) => (bytes / 1e6).toFixed(2))
    .join(' ')}`;
  console.log(`# ${told}`);
  assert.ok(late <= early * (1 + MAY_GROW), told);
  await world.host.stop({ drainMs: 0 });
  await over(world.manager, world.proxy);
  world.proxy.detach();
  world.web.close();
  await world.manager.stop();
  await bench.close();
}
