import type { ICliConfig } from './config.js';
import { DEFAULT_DRAIN_MS } from './defaults.js';
import { selfSigned } from './selfsigned.js';
import { net } from './plugins.js';

/** What `routemeter start` runs without a configuration: everything on loopback, with a backend of its own. */
export interface IBuiltIn {
  readonly config: ICliConfig;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const ZONE = 'example.test';
export const BUILT_IN_PORTS = { web: 8080, secure: 8443, echo: 9000, dns: 8053, ops: 9464 } as const;

export async function openBuiltIn(): Promise<IBuiltIn> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, HOST, resolve));
  return {
    config: configOf((server.address() as net.AddressInfo).port),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** HTTP is answered by a handler, so that its requests are counted; the echo is forwarded, as most routes are. */
function configOf(echoPort: number): ICliConfig {
  const names = ['localhost', HOST, ZONE, `*.${ZONE}`];
  return {
    proxy: {
      host: HOST,
      routes: [
        {
          name: 'web',
          match: { ports: BUILT_IN_PORTS.web, domains: names },
          action: { type: 'socket-handler', socketHandler: 'hello' },
        },
        {
          name: 'secure',
          match: { ports: BUILT_IN_PORTS.secure },
          action: {
            type: 'socket-handler',
            socketHandler: 'hello',
            tls: { mode: 'terminate', certificate: selfSigned(names) },
          },
        },
        {
          name: 'echo',
          match: { ports: BUILT_IN_PORTS.echo },
          action: { type: 'forward', targets: [{ host: HOST, port: echoPort }] },
        },
      ],
    },
    dns: {
      host: HOST,
      port: BUILT_IN_PORTS.dns,
      zone: ZONE,
      front: {},
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
