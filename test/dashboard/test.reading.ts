import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import type * as net from 'node:net';
import { ApiClient } from '../../ts/ops/dashboard/classes.apiclient.js';
import { messageOf } from '../../ts/ops/dashboard/classes.apierror.js';
import { EventStream } from '../../ts/ops/dashboard/classes.eventstream.js';
import { Poll } from '../../ts/ops/dashboard/classes.poll.js';
import { until } from '../helpers/wait.js';

/** What the next requests are answered. */
let answer: http.RequestListener = (_request, response) => void response.end('{}');
/** What was asked below the base of the test that runs: what one before it left under way may come later. */
const asked: http.IncomingMessage[] = [];
let bases = 0;
let own = '/';
const server = http.createServer((request, response) => {
  if (!request.url?.startsWith(own)) return void response.destroy();
  asked.push(request);
  answer(request, response);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const base = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
// Of a browser's document, all that is asked for.
const page = Object.assign(new EventTarget(), { hidden: false, baseURI: `${base}/page/` });
Object.assign(globalThis, { document: page });

const json = (value: unknown, status = 200, headers: http.OutgoingHttpHeaders = {}): http.RequestListener => {
  return (_request, response) => void response.writeHead(status, headers).end(JSON.stringify(value));
};
const never = new AbortController().signal;
/** A client with a base of its own. */
const begin = (): ApiClient => {
  asked.splice(0);
  own = `/${++bases}/`;
  return new ApiClient(own, () => undefined);
};

tap.test('paths are below the base, which may be relative to the page', async () => {
  answer = json({});
  for (const [src, path] of [
    ['/', '/api/x'],
    ['./', '/page/api/x'],
    ['/ops', '/ops/api/x'],
    [`${base}/other/`, '/other/api/x'],
  ] as const) {
    asked.splice(0);
    await new ApiClient(src, () => undefined).read('api/x', never);
    expect(asked[0]?.url).toEqual(path);
  }
});

tap.test('an error says what its answer says', async () => {
  const client = begin();
  const told = async (): Promise<string> => client.read('api/x', never).then(() => 'none', messageOf);
  answer = json({ title: 'Bad Request', status: 400, detail: 'client must be an address' }, 400);
  expect(await told()).toEqual('400 Bad Request: client must be an address');
  answer = (_request, response) => void response.writeHead(502).end('<html>');
  expect(await told()).toEqual('502 Bad Gateway');
  answer = (_request, response) => void response.end('<html>');
  expect(await told()).toEqual('what it answers is not JSON');
  answer = (_request, response) => void response.destroy();
  expect(await told()).toEqual('it cannot be reached');
});

tap.test('a poll asks with the tag of what it has, and keeps it where nothing has changed', async () => {
  answer = (request, response) => {
    if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
    else response.writeHead(200, { ETag: '"1"' }).end('{"n":1}');
  };
  const received: unknown[] = [];
  const poll = new Poll<{ n: number }>({
    ...{ api: begin(), path: () => 'api/x', intervalMs: 1, changed: () => undefined },
    received: (data) => received.push(data),
  });
  poll.start();
  await until(() => asked.length >= 4, 'four requests');
  poll.stop();
  assert.deepEqual(received, [{ n: 1 }]);
  assert.deepEqual(poll.data, { n: 1 });
  expect(poll.failure).toBeNull();
});

tap.test('a poll that fails keeps what it had, says why, and goes on by itself', async () => {
  answer = json({ n: 1 });
  const poll = new Poll<{ n: number }>({
    ...{ api: begin(), path: () => 'api/x', intervalMs: 1, changed: () => undefined },
  });
  poll.start();
  await until(() => poll.data !== null, 'a first answer');
  answer = json({ title: 'Service Unavailable', detail: 'later' }, 503);
  await until(() => poll.failure !== null, 'a failure');
  expect(poll.failure?.reason).toEqual('503 Service Unavailable: later');
  expect((poll.failure?.retryAt ?? 0) > Date.now()).toBeTrue();
  assert.deepEqual(poll.data, { n: 1 });
  answer = json({ n: 2 });
  poll.now();
  await until(() => poll.failure === null, 'a recovery');
  poll.stop();
  assert.deepEqual(poll.data, { n: 2 });
});

tap.test('while the page is hidden nothing is polled, and at once when it is seen again', async () => {
  answer = json({ n: 1 });
  const poll = new Poll<unknown>({
    ...{ api: begin(), path: () => 'api/x', intervalMs: 1, changed: () => undefined },
  });
  page.hidden = true;
  poll.start();
  page.dispatchEvent(new Event('visibilitychange'));
  // Long enough for many, had it begun.
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(asked.length).toEqual(0);
  page.hidden = false;
  page.dispatchEvent(new Event('visibilitychange'));
  await until(() => asked.length > 1, 'requests');
  page.hidden = true;
  await until(async () => {
    const before = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return asked.length === before;
  }, 'a pause');
  poll.stop();
  page.hidden = false;
});

tap.test('what was asked before the path changed is no answer to it', async () => {
  let path = 'api/old';
  const held: (() => void)[] = [];
  answer = (request, response) => {
    const end = (): void => void response.end(JSON.stringify({ path: request.url }));
    if (request.url?.endsWith('/api/old')) held.push(end);
    else end();
  };
  const received: unknown[] = [];
  const poll = new Poll<unknown>({
    ...{ api: begin(), path: () => path, intervalMs: 10_000, changed: () => undefined },
    received: (data) => received.push(data),
  });
  poll.start();
  await until(() => held.length > 0, 'the first request');
  path = 'api/new';
  held[0]?.();
  await until(() => poll.data !== null, 'the new answer');
  poll.stop();
  assert.deepEqual(received, [{ path: `${own}api/new` }]);
});

tap.test('where a token is needed, polls wait for it, and one that is wrong is asked for again', async () => {
  answer = (request, response) => {
    if (request.headers.authorization === 'Bearer right') response.end('{"n":1}');
    else response.writeHead(401).end('{}');
  };
  const api = begin();
  const polls = [1, 2].map(
    () => new Poll<unknown>({ api, path: () => 'api/x', intervalMs: 10_000, changed: () => undefined }),
  );
  for (const poll of polls) poll.start();
  await until(() => polls.every(({ failure }) => failure !== null), 'two failures');
  expect(api.needsToken).toEqual('yes');
  expect(asked.length).toEqual(2);
  api.useToken('wrong');
  await until(() => api.needsToken === 'refused' && asked.length === 4, 'a refusal');
  await until(() => polls.every(({ failure }) => failure?.retryAt === null), 'polls that wait');
  api.useToken('right');
  await until(() => polls.every(({ data, failure }) => data !== null && failure === null), 'answers');
  expect(api.needsToken).toEqual('no');
  for (const poll of polls) poll.stop();
});

tap.test('a refusal of what was asked before the token was given does not refuse the token', async () => {
  const held: (() => void)[] = [];
  answer = (request, response) => {
    if (request.headers.authorization === 'Bearer right') response.end('{}');
    else held.push(() => void response.writeHead(401).end('{}'));
  };
  const api = begin();
  const poll = new Poll<unknown>({ api, path: () => 'api/x', intervalMs: 10_000, changed: () => undefined });
  poll.start();
  await until(() => held.length === 1, 'a request without the token');
  api.useToken('right');
  held[0]?.();
  await until(() => poll.data !== null, 'an answer');
  poll.stop();
  expect(api.needsToken).toEqual('no');
});

tap.test('a stream that breaks is taken up where it was; one of another filter begins anew', async () => {
  const open: http.ServerResponse[] = [];
  answer = (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(`id: a-${open.push(response)}\nevent: traffic\ndata: {}\n\n`);
  };
  const events: string[] = [];
  let path = 'api/events?event=traffic';
  const stream = new EventStream({
    ...{ api: begin(), path: () => path, changed: () => undefined },
    received: (batch) => events.push(...batch.map(({ id }) => id)),
  });
  stream.start();
  await until(() => events.length === 1, 'a first event');
  expect(stream.connected).toBeTrue();
  expect(asked[0]?.headers.accept).toEqual('text/event-stream');
  open[0]?.end();
  await until(() => events.length === 2, 'a second event');
  expect(asked[1]?.headers['last-event-id']).toEqual('a-1');
  path = 'api/events?event=request';
  stream.restart();
  await until(() => events.length === 3, 'a third event');
  expect(asked[2]?.headers['last-event-id']).toBeUndefined();
  stream.stop();
  expect(stream.connected).toBeFalse();
  assert.deepEqual(events, ['a-1', 'a-2', 'a-3']);
});

tap.test('the server is closed', async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

export default tap.start({ throwOnError: true });
