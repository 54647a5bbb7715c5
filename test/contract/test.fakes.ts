import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import type { IRouteConfig } from '../../ts/interfaces/smartproxy.js';
import { FakeRustProxy } from '../helpers/hosts/fakerustproxy.js';
import { FakeSmartProxy } from '../helpers/hosts/fakesmartproxy.js';
import { closed, listening } from '../helpers/hosts/host.js';
import { until } from '../helpers/wait.js';

/** Two routes on one port, told apart by the Host header: one forwarded to `backend`, one with a handler. */
function routes(port: number, backend: number): IRouteConfig[] {
  const target = [{ host: '127.0.0.1', port: backend }];
  return [
    {
      name: 'forwarded',
      match: { ports: port, domains: 'forwarded.example.test' },
      action: { type: 'forward', targets: target },
    },
    {
      name: 'handled',
      match: { ports: port, domains: '*.example.test' },
      action: {
        type: 'socket-handler',
        socketHandler: (socket, context) => {
          socket.once('data', (chunk: Buffer) => {
            const first = chunk.toString('latin1').split('\r\n')[0];
            const body = `${context.routeName}, ${context.domain}, ${context.clientIp}, ${first}`;
            socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
          });
        },
      },
    },
  ];
}

async function ask(port: number, host: string): Promise<string> {
  const outgoing = http.get({ port, host: '127.0.0.1', path: '/x', headers: { host }, agent: false });
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return body;
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  const port = await listening(server);
  await closed(server);
  return port;
}

const fakes = [
  ['smartproxy', '127.0.0.1', (given: IRouteConfig[]) => new FakeSmartProxy({ routes: given })],
  [
    'smartproxy with PROXY protocol',
    '::ffff:203.0.113.7',
    (given: IRouteConfig[]) => new FakeSmartProxy({ routes: given, proxiedSockets: true }),
  ],
  ['rust engine', '127.0.0.1', (given: IRouteConfig[]) => new FakeRustProxy({ routes: given })],
] as const;

for (const [name, clientIp, make] of fakes) {
  tap.test(`${name}: routes by Host header, forwards, tells its metrics, changes its ports`, async () => {
    const backend = http.createServer((_request, response) => response.end('from the backend'));
    const backendPort = await listening(backend);
    const port = await freePort();
    const fake = make(routes(port, backendPort));
    await fake.start();
    try {
      assert.deepEqual(fake.getListeningPorts(), [port]);
      assert.equal(await ask(port, 'forwarded.example.test'), 'from the backend');
      assert.equal(await ask(port, 'a.example.test'), `handled, a.example.test, ${clientIp}, GET /x HTTP/1.1`);
      await until(async () => {
        if (fake instanceof FakeRustProxy) fake.poll();
        const metrics = await fake.getMetrics();
        return metrics.connections.active() === 0;
      }, 'no connection is active');
      const metrics = await fake.getMetrics();
      assert.equal(metrics.connections.total(), 2);
      assert.deepEqual([...metrics.connections.byRoute()].sort(), [
        ['forwarded', 0],
        ['handled', 0],
      ]);
      // As the real one: bytes of forwarded routes only.
      const rates = metrics.throughput.byRoute(60);
      assert.deepEqual([...rates.keys()], ['forwarded']);
      assert.ok((rates.get('forwarded')?.in ?? 0) > 0 && (rates.get('forwarded')?.out ?? 0) > 0);

      const [, handled] = routes(0, backendPort);
      assert.ok(handled !== undefined);
      await fake.updateRoutes([handled]);
      assert.deepEqual(fake.getListeningPorts(), [fake.portOf('handled')]);
      assert.notEqual(fake.portOf('handled'), port);
      assert.match(await ask(fake.portOf('handled'), 'b.example.test'), /^handled, b\.example\.test/);
    } finally {
      await fake.stop();
      await closed(backend);
    }
    assert.deepEqual(fake.getListeningPorts(), []);
  });
}

export default tap.start({ throwOnError: true });
