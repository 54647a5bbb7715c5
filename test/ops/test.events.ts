import assert from 'node:assert/strict';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import { OpsHandler, OpsServer } from '../../ts/ops/index.js';
import { problemSchema } from '../../ts/schema/opsanswers.js';
import { FakeProxySource } from '../helpers/fakesource.js';
import { until } from '../helpers/wait.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask } from './client.js';
import { StreamClient } from './streamclient.js';
import { StreamParser } from './streamreader.js';

const token = 'correct-horse-battery-staple';
const source = sourceOf(SNAPSHOT);

async function served<T>(options: object, use: (server: OpsServer, url: string) => Promise<T>): Promise<T> {
  const server = new OpsServer({ source, port: 0, ...options });
  await server.start();
  return use(server, `${server.url}/api/events`).finally(() => server.stop());
}
const readersOf = async (server: OpsServer): Promise<number> => {
  const { streams } = JSON.parse((await ask(`${server.url}/api/system`)).text) as { streams: { readers: number } };
  return streams.readers;
};

tap.test('a real connection is in the stream within a second, from its open to its close', async () => {
  const proxy = new MetricsAwareProxy();
  const manager = new MetricsManager();
  manager.observe(proxy);
  const echo = net.createServer(proxy.wrapSocketHandler((socket: net.Socket) => void socket.pipe(socket), { routeName: 'echo' })); // prettier-ignore
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  await served({ source: manager, events: [proxy] }, async (_, url) => {
    const client = await StreamClient.open(`${url}?route=echo`);
    const { headers } = client.response;
    assert.equal(headers['content-type'], 'text/event-stream');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    await until(() => client.retry !== null, 'the greeting');
    const socket = net.connect((echo.address() as net.AddressInfo).port, '127.0.0.1');
    await until(() => client.events.length > 0, 'the first event');
    socket.end('hello');
    await until(() => client.events.at(-1)?.event === 'connection-close', 'the end of it');
    assert.deepEqual(client.events.map(({ event }) => event), ['connection-open', 'traffic', 'connection-close']); // prettier-ignore
    const { bytesIn, bytesOut, clientIp } = client.events.at(-1)?.data ?? {};
    assert.deepEqual([bytesIn, bytesOut, clientIp], [5, 5, '127.0.0.1']);
  });
  echo.close();
});

tap.test('Last-Event-ID resumes over connections, and a restart is told', async () => {
  const proxy = new FakeProxySource('web');
  await served({ events: [proxy] }, async (server, url) => {
    const first = await StreamClient.open(url);
    await until(() => first.lastId !== null, 'the greeting');
    proxy.open('web');
    await until(() => first.events.length === 1, 'an event');
    first.leave();
    await until(async () => (await readersOf(server)) === 0, 'the reader to be gone');
    proxy.open('web');
    const second = await StreamClient.open(url, { 'last-event-id': first.lastId ?? '' });
    await until(() => second.events.length === 1, 'what came since');
    assert.equal(second.events[0]?.data['connectionId'], 2);
    await served({ events: [proxy] }, async (_other, otherUrl) => {
      const third = await StreamClient.open(otherUrl, { 'last-event-id': second.lastId ?? '' });
      await until(() => third.events.length === 1, 'the gap');
      assert.deepEqual([third.events[0]?.event, third.events[0]?.data], ['gap', { reason: 'restart', missed: null }]);
    });
  });
});

tap.test('what is asked for wrongly, or cannot be had, is a problem', async () => {
  const table: [string, string][] = [
    ['?event=nothing', 'event'],
    ['?event=traffic,,request', 'event'],
    ['?event=', 'event'],
    ['?event=traffic&event=request', 'event'],
    ['?route=', 'route'],
    [`?route=${'x'.repeat(1001)}`, 'route'],
    ['?lastEventId=1', 'lastEventId'],
  ];
  const proxy = new FakeProxySource('web');
  await served({ events: [proxy] }, async (_, url) => {
    for (const [query, parameter] of table) {
      const answer = await ask(`${url}${query}`);
      assert.equal(answer.status, 400, query);
      assert.equal(problemSchema.parse(JSON.parse(answer.text)).parameter, parameter, query);
    }
    const head = await ask(url, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers['content-type'], head.text], [200, 'text/event-stream', '']);
    assert.equal((await ask(url, { method: 'POST' })).status, 405);
    assert.ok(!proxy.has('connection-open'), 'nobody has read');
  });
  await served({ events: [proxy], auth: { token } }, async (_, url) => {
    assert.equal((await ask(url)).status, 401);
    const client = await StreamClient.open(url, { authorization: `Bearer ${token}` });
    assert.equal(client.response.statusCode, 200);
  });
  await served({}, async (_, url) => assert.equal((await ask(url)).status, 404));
});

tap.test(
  'readers end at once when the server stops, also such as do not read; nothing is listened to then',
  async () => {
    const proxy = new FakeProxySource('web');
    const server = new OpsServer({ source, port: 0, events: [proxy] });
    for (let life = 0; life < 2; life++) {
      await server.start();
      const clients = await Promise.all(Array.from({ length: 5 }, () => StreamClient.open(`${server.url}/api/events`)));
      const [stuck] = clients;
      stuck?.response.pause();
      assert.ok(proxy.has('traffic'));
      const startedAt = performance.now();
      await server.stop();
      // Answers under way may take 2 s; streams may not.
      assert.ok(performance.now() - startedAt < 1_900, `${performance.now() - startedAt} ms`);
      stuck?.response.resume();
      await until(() => clients.every(({ closed }) => closed), 'the clients to notice');
      assert.ok(!proxy.has('traffic') && !proxy.has('connection-open'));
    }
  },
);

tap.test('readers that go are forgotten, however they go', async () => {
  const proxy = new FakeProxySource('web');
  await served({ events: [proxy] }, async (server, url) => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => StreamClient.open(url)));
    assert.equal(await readersOf(server), 5);
    for (const client of clients) client.leave();
    await until(async () => (await readersOf(server)) === 0, 'all to be gone');
    // Several requests sent at once on one connection: all but the first would wait for ever, and tell no end.
    const socket = net.connect(server.address?.port ?? 0, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20));
    await until(async () => (await readersOf(server)) === 1, 'the first to be admitted');
    assert.equal(await readersOf(server), 1);
    socket.destroy();
    await until(async () => (await readersOf(server)) === 0, 'it to be gone');
  });
});

tap.test('a host of the fetch kind has the same stream', async () => {
  const proxy = new FakeProxySource('web');
  const handler = new OpsHandler({ source, events: [proxy] });
  const response = await handler.fetch(new Request('http://localhost/api/events?event=connection-open'));
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader !== undefined);
  // The host has something that keeps the process alive.
  const host = setInterval(() => undefined, 1000);
  const parser = new StreamParser();
  proxy.open('web');
  while (parser.events.length === 0) parser.push((await reader.read()).value ?? '');
  assert.equal(parser.events[0]?.event, 'connection-open');
  await reader.cancel();
  // One that is not read.
  const unread = await handler.fetch(new Request('http://localhost/api/events'));
  const flood = setInterval(() => {
    for (let count = 0; count < 500; count++) proxy.open('web'.repeat(300));
  }, 20);
  const dropped = async (): Promise<boolean> =>
    /"readersDropped":1/.test(await (await handler.fetch(new Request('http://localhost/api/system'))).text());
  await until(dropped, 'it to be let go').finally(() => clearInterval(flood));
  assert.ok((await unread.text()).length < 1_000_000);
  const next = await handler.fetch(new Request('http://localhost/api/events'));
  assert.ok(proxy.has('traffic'));
  handler.stop();
  assert.ok(!proxy.has('traffic'));
  await next.text();
  assert.equal((await handler.fetch(new Request('http://localhost/api/events'))).status, 503);
  assert.equal((await handler.fetch(new Request('http://localhost/api/stats'))).status, 200);
  clearInterval(host);
});

export default tap.start({ throwOnError: true });
