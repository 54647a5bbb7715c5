import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { IRouteTarget } from '../interfaces/smartproxy.js';
import { DEFAULT_DRAIN_MS, type ICliConfig } from './config.js';
import { selfSigned } from './selfsigned.js';

/** What `routemeter start` runs without a configuration: everything on loopback, in front of a backend of its own. */
export interface IBuiltIn {
  readonly config: ICliConfig;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const ZONE = 'example.test';
export const BUILT_IN_PORTS = { web: 8080, secure: 8443, echo: 9000, dns: 8053, ops: 9464 } as const;

export async function openBuiltIn(): Promise<IBuiltIn> {
  const http = createHttpServer((request, response) => {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.end(`hello from the backend behind routemeter: ${request.method ?? ''} ${request.url ?? ''}\n`);
  });
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  const servers = [http, echo].map((server) => new Backend(server));
  const [web, tcp] = await Promise.all(servers.map((server) => server.listen()));
  return {
    config: configOf(web ?? [], tcp ?? []),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

function configOf(web: readonly IRouteTarget[], echo: readonly IRouteTarget[]): ICliConfig {
  const names = ['localhost', HOST, ZONE, `*.${ZONE}`];
  return {
    proxy: {
      host: HOST,
      routes: [
        {
          name: 'web',
          match: { ports: BUILT_IN_PORTS.web, domains: names },
          action: { type: 'forward', targets: web },
        },
        {
          name: 'secure',
          match: { ports: BUILT_IN_PORTS.secure },
          action: { type: 'forward', targets: web, tls: { mode: 'terminate', certificate: selfSigned(names) } },
        },
        { name: 'echo', match: { ports: BUILT_IN_PORTS.echo }, action: { type: 'forward', targets: echo } },
      ],
    },
    dns: {
      host: HOST,
      port: BUILT_IN_PORTS.dns,
      zone: ZONE,
      records: [
        { name: ZONE, type: 'NS', data: `ns1.${ZONE}` },
        { name: ZONE, type: 'A', data: '192.0.2.1' },
        { name: ZONE, type: 'MX', data: { preference: 10, exchange: `mail.${ZONE}` } },
        { name: ZONE, type: 'TXT', data: 'v=spf1 mx -all' },
        { name: `ns1.${ZONE}`, type: 'A', data: '192.0.2.53' },
        { name: `www.${ZONE}`, type: 'A', data: '192.0.2.10' },
        { name: `www.${ZONE}`, type: 'A', data: '192.0.2.11' },
        { name: `www.${ZONE}`, type: 'AAAA', data: '2001:db8::10' },
        { name: `mail.${ZONE}`, type: 'A', data: '192.0.2.25' },
        { name: `*.apps.${ZONE}`, type: 'CNAME', data: `www.${ZONE}` },
      ],
    },
    ops: { port: BUILT_IN_PORTS.ops },
    metrics: {},
    drainMs: DEFAULT_DRAIN_MS,
  };
}

/** A server on a free loopback port that ends its connections when it is closed. */
class Backend {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(): Promise<readonly IRouteTarget[]> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(0, HOST, resolve);
    });
    return [{ host: HOST, port: (this.#server.address() as AddressInfo).port }];
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
