import { expect, tap } from '@push.rocks/tapbundle';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { MetricsAwareProxy } from '../../ts/proxy/index.js';
import { until } from '../helpers/wait.js';

/** Requests that one client sends at once, without waiting, to a server that keeps their responses. */
async function pipelined(methods: readonly string[], onTold: (method: string) => void = () => undefined) {
  const proxy = new MetricsAwareProxy();
  const told: string[] = [];
  proxy.on('request', ({ method, statusCode }) => {
    told.push(`${method} ${statusCode}`);
    onTold(method);
  });
  const responses: http.ServerResponse[] = [];
  const server = http.createServer((_request, response) => void responses.push(response));
  server.on(
    'connection',
    proxy.wrapSocketHandler(() => undefined, { routeName: 'web' }),
  );
  proxy.observeHttpServer(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
  client.on('error', () => undefined);
  client.write(methods.map((method) => `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`).join(''));
  await until(() => responses.length === methods.length, 'all requests');
  return {
    told,
    responses,
    reset: async (): Promise<void> => {
      client.resetAndDestroy();
      await until(() => proxy.activeCount() === 0, 'the end');
      proxy.detach();
      server.close();
      await once(server, 'close');
    },
  };
}

tap.test(
  'pipelined requests that are in flight when their connection ends are told in the order they came in',
  async () => {
    const { told, reset } = await pipelined(['GET', 'POST', 'PUT', 'DELETE']);
    await reset();
    expect(told).toEqual(['GET null', 'POST null', 'PUT null', 'DELETE null']);
  },
);

tap.test('pipelined requests that have been told before, wherever among the others, are not told again', async () => {
  const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];
  for (const [ended, left] of [
    [[2], ['GET', 'POST', 'DELETE', 'PATCH']],
    [[4], ['GET', 'POST', 'PUT', 'DELETE']],
    [
      [1, 3, 4],
      ['GET', 'PUT'],
    ],
    [[3, 2, 1, 4, 0], []],
  ] as const) {
    const { told, responses, reset } = await pipelined(methods);
    // An application may emit what it wants.
    for (const at of ended) responses[at]?.emit('close');
    expect(told).toEqual(ended.map((at) => `${methods[at]} null`));
    told.length = 0;
    await reset();
    expect(told).toEqual(left.map((method) => `${method} null`));
  }
});

tap.test('a listener that ends other requests of a connection that ends takes none from those to be told', async () => {
  const line: { responses: http.ServerResponse[] } = { responses: [] };
  const run = await pipelined(['GET', 'POST', 'PUT', 'DELETE'], (method) => {
    if (method === 'GET') line.responses[1]?.emit('close');
  });
  line.responses = run.responses;
  await run.reset();
  expect(run.told).toEqual(['GET null', 'POST null', 'PUT null', 'DELETE null']);
});

tap.test('of pipelined requests the answered ones are told with their codes, the others when all is over', async () => {
  const { told, responses, reset } = await pipelined(['GET', 'POST', 'PUT']);
  responses[0]?.end();
  responses[1]?.writeHead(404).end();
  await until(() => told.length === 2, 'two ends');
  await reset();
  expect(told).toEqual(['GET 200', 'POST 404', 'PUT null']);
});

export default tap.start({ throwOnError: true });
