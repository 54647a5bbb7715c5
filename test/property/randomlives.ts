import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import type { IProxySource, IRouterSnapshot } from '../../ts/index.js';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import { until } from '../helpers/wait.js';

export type TAction =
  | { readonly do: 'open'; readonly http: boolean }
  | { readonly do: 'send' | 'reply'; readonly which: number; readonly bytes: number }
  | { readonly do: 'request'; readonly which: number }
  | {
      readonly do: 'client-end' | 'client-reset' | 'server-end' | 'server-destroy' | 'clean-up' | 'time-out';
      readonly which: number;
    }
  | { readonly do: 'sweep' };

const which = fc.nat(20);
const bytes = fc.integer({ min: 1, max: 200_000 });

/** What may happen to connections, in any order. */
export const actions: fc.Arbitrary<TAction[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('open' as const), http: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('send' as const, 'reply' as const), which, bytes }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('request' as const), which }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'client-end' as const,
          'client-reset' as const,
          'server-end' as const,
          'server-destroy' as const,
          'clean-up' as const,
          'time-out' as const,
        ),
        which,
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'sweep' as const }) },
  ),
  { minLength: 5, maxLength: 40 },
);

interface IPair {
  readonly client: net.Socket;
  readonly server: net.Socket;
  readonly http: boolean;
}

/**
 * Plays the actions on real sockets and reads after each; throws at the first read at which an identity does not hold.
 * `between` stands between the wrapper and the manager: a test of the test puts a fault there.
 */
export async function play(script: readonly TAction[], between: (source: IProxySource) => IProxySource): Promise<void> {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 100 });
  const manager = new MetricsManager();
  manager.observe(between(proxy));
  const web = http.createServer((_, response) => void response.end('hello'));
  proxy.observeHttpServer(web);
  const accepted: net.Socket[] = [];
  const serve = (routeName: string, then: (socket: net.Socket) => void): net.Server => {
    const handle = proxy.wrapSocketHandler(
      (socket: net.Socket) => {
        socket.on('error', () => undefined);
        accepted.push(socket);
        then(socket);
      },
      { routeName },
    );
    return net.createServer({ allowHalfOpen: true }, handle).listen(0, '127.0.0.1');
  };
  const servers = [
    serve('raw', (socket) => void socket.resume()),
    serve('web', (socket) => void web.emit('connection', socket)),
  ];
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const pairs: IPair[] = [];
  let opened = 0;
  try {
    for (const action of script) {
      if (action.do === 'open') {
        pairs.push(await open(servers[action.http ? 1 : 0], accepted, action.http));
        opened++;
      } else if (action.do === 'sweep') {
        await proxy.sweep();
      } else {
        const pair = pairs[action.which % Math.max(1, pairs.length)];
        if (pair !== undefined) act(pair, action);
      }
      check(manager.snapshot(), String(action.do));
      await new Promise((resolve) => setImmediate(resolve));
      check(manager.snapshot(), `the turn after ${action.do}`);
    }
    // The outside's own count, with everything as the script left it.
    await until(async () => {
      await manager.settle();
      const counts = await Promise.all(servers.map(connectionsOf));
      return check(manager.snapshot(), 'the script').proxy?.active === counts.reduce((sum, count) => sum + count, 0);
    }, "active to equal the servers' own count");
    for (const { client } of pairs) client.resetAndDestroy();
    for (const { server } of pairs) server.destroy();
    await until(async () => {
      await manager.settle();
      return check(manager.snapshot(), 'the last ends').proxy?.active === 0;
    }, 'all to end');
    const { proxy: figures } = check(manager.snapshot(), 'the end');
    if (figures?.opened !== opened || figures.closed !== opened) {
      throw new Error(`${opened} were opened; told: ${figures?.opened} opened, ${figures?.closed} closed`);
    }
  } finally {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
    for (const server of servers) server.close();
    proxy.detach();
    await manager.stop();
  }
}

function connectionsOf(server: net.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

function check(snapshot: IRouterSnapshot, when: string): IRouterSnapshot {
  const broken = snapshot.self.invariants.filter(({ ok }) => !ok);
  if (broken.length > 0) {
    throw new Error(`after ${when}: ${broken.map(({ name, detail }) => `${name} (${detail})`).join('; ')}`);
  }
  return snapshot;
}

async function open(server: net.Server | undefined, accepted: net.Socket[], isHttp: boolean): Promise<IPair> {
  const count = accepted.length;
  const { port } = server?.address() as AddressInfo;
  const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => undefined);
  client.resume();
  await until(() => accepted.length > count, 'the server side');
  const socket = accepted[count];
  if (socket === undefined) throw new Error('no server side');
  return { client, server: socket, http: isHttp };
}

function act({ client, server, http: isHttp }: IPair, action: Exclude<TAction, { do: 'open' | 'sweep' }>): void {
  switch (action.do) {
    case 'send':
      if (!client.writableEnded && !isHttp) client.write(Buffer.alloc(action.bytes));
      return;
    case 'reply':
      if (!server.writableEnded && !server.destroyed && !isHttp) server.write(Buffer.alloc(action.bytes));
      return;
    case 'request':
      if (!client.writableEnded && isHttp) client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      return;
    case 'client-end':
      client.end();
      return;
    case 'client-reset':
      client.resetAndDestroy();
      return;
    case 'server-end':
      server.end();
      return;
    case 'server-destroy':
      server.destroy();
      return;
    case 'clean-up':
      server.removeAllListeners();
      server.on('error', () => undefined);
      server.destroy();
      return;
    case 'time-out':
      server.setTimeout(1, () => server.destroy());
      return;
  }
}
