import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import type { IRouterStats } from '../../ts/index.js';
import { Backends } from '../e2e/backends.js';
import { echoes, queries, requests, sessions } from '../e2e/generators.js';
import { makeCertificate } from '../helpers/certificate.js';
import { Cli, ConfigFolder } from '../helpers/cli.js';
import { freePort } from '../helpers/freeport.js';
import { until } from '../helpers/wait.js';

/** The real CLI with a route of each kind, a zone, and what its routes forward to. */
export class Router {
  readonly ports = { web: 0, tcp: 0, tls: 0, ws: 0, dns: 0, ops: 0 };
  readonly #folder = new ConfigFolder();
  readonly #backends = new Backends();
  readonly #token: string | undefined;
  readonly #held = new Set<net.Socket>();
  #config = '';
  #questions = '';
  #cli: Cli | undefined;

  constructor(token?: string) {
    this.#token = token;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.ops}`;
  }

  async start(): Promise<void> {
    const { echo, webSocket } = await this.#backends.start();
    const ports = this.ports;
    for (const name of ['web', 'tcp', 'tls', 'ws', 'ops'] as const) ports[name] = await freePort();
    const certificate = makeCertificate('example.test');
    const forward = (port: number): object => ({ type: 'forward', targets: [{ host: '127.0.0.1', port }] });
    this.#config = this.#folder.write('config.json', {
      proxy: {
        routes: [
          { name: 'web', match: { ports: ports.web }, action: { type: 'socket-handler', socketHandler: 'hello' } },
          { name: 'tcp', match: { ports: ports.tcp }, action: forward(echo) },
          {
            name: 'tls',
            match: { ports: ports.tls },
            action: { ...forward(echo), tls: { mode: 'terminate', certificate } },
          },
          { name: 'ws', match: { ports: ports.ws, domains: ['127.0.0.1'] }, action: forward(webSocket) },
          { name: 'never', match: { ports: ports.ws, domains: ['never.test'] }, action: forward(webSocket) },
        ],
      },
      dns: {
        port: 0,
        zone: 'example.test',
        records: [
          { name: 'www.example.test', type: 'A', data: '192.0.2.1' },
          { name: 'www.example.test', type: 'TXT', data: 'hello' },
          { name: 'api.example.test', type: 'A', data: '192.0.2.2' },
        ],
      },
      ops: { port: ports.ops, ...(this.#token === undefined ? {} : { token: this.#token }) },
      drainMs: 0,
    });
    this.#questions = this.#folder.write(
      'queries.txt',
      ['www', 'www', 'www', 'api', 'api', 'missing']
        .flatMap((name) => ['A', 'AAAA', 'TXT'].map((type) => `${name}.example.test ${type}`))
        .join('\n'),
    );
    await this.up();
  }

  /** Starts the CLI, again where it was brought down, on the same ports. */
  async up(): Promise<void> {
    this.#cli = new Cli(['start', '--config', this.#config, '--json']);
    const { dns } = await this.#cli.ready();
    assert.ok(dns !== null);
    this.ports.dns = dns.port;
  }

  /** Ends the CLI alone. */
  async down(): Promise<void> {
    assert.equal(await this.#cli?.stop(), 0, this.#cli?.stderr);
  }

  /** Some of everything that the router measures; resolves when all of it has ended. */
  async traffic(): Promise<void> {
    const { web, tcp, tls, ws, dns } = this.ports;
    const sizes = Array.from({ length: 12 }, (_, index) => index * index * 137);
    await Promise.all([
      requests(web, 60, 3),
      echoes(tcp, sizes, false),
      echoes(tls, sizes.slice(0, 5), true),
      sessions(ws, 4, 3),
      queries(dns, this.#questions),
    ]);
  }

  /** Traffic again and again until `done` says so. */
  async trafficUntil(done: () => boolean): Promise<void> {
    while (!done()) await this.traffic();
  }

  /** A connection that stays open until `release()` or `stop()`; its `bytes` are there and back. */
  async hold(bytes = 0, from = '127.0.0.1', route: 'tcp' | 'web' = 'tcp'): Promise<net.Socket> {
    const socket = net.connect({ port: this.ports[route], host: '127.0.0.1', localAddress: from });
    this.#held.add(socket);
    await once(socket, 'connect');
    let received = 0;
    socket.on('data', (chunk: Buffer) => (received += chunk.length));
    socket.on('error', () => undefined);
    if (bytes > 0) socket.write(Buffer.alloc(bytes, 'x'));
    await until(() => received === bytes, 'the echo of a held connection');
    return socket;
  }

  async release(): Promise<void> {
    await Promise.all(
      [...this.#held].map(async (socket) => {
        if (socket.destroyed) return;
        socket.end();
        await once(socket, 'close');
      }),
    );
    this.#held.clear();
  }

  async stats(): Promise<IRouterStats> {
    return (await this.get('/api/stats')) as IRouterStats;
  }

  async get(path: string): Promise<unknown> {
    const headers: Record<string, string> = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const response = await fetch(`${this.url}${path}`, { headers });
    assert.equal(response.status, 200, path);
    return response.json();
  }

  async stop(): Promise<void> {
    for (const socket of this.#held) socket.destroy();
    await this.down();
    await this.#backends.stop();
    this.#folder.remove();
  }
}
