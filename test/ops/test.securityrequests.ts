import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { OpsServer } from '../../ts/ops/index.js';
import type { ISystemAnswer } from '../../ts/interfaces/ops.js';
import { FakeProxySource } from '../helpers/fakesource.js';
import { until } from '../helpers/wait.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask, askRaw } from './client.js';
import { documentOf, examplePath, showing } from './openapi.js';

// Without a token: what gets through is seen.
const events = [showing(new FakeProxySource('web'))];
const server = new OpsServer({ source: sourceOf(SNAPSHOT), events, port: 0 });
await server.start();
const url = server.url ?? '';
const port = server.address?.port ?? 0;
const paths = Object.keys((await documentOf(url)).paths).map((path) => examplePath(path));

const answersIn = (text: string): string[] => text.match(/HTTP\/1\.1 \d{3}/g) ?? [];
const streams = async (): Promise<ISystemAnswer['streams']> =>
  (JSON.parse((await ask(`${url}/api/system`, { from: '127.0.0.9' })).text) as ISystemAnswer).streams;

tap.test('of a message that two parsers could read differently, no second request is answered', async () => {
  const hidden = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const shapes: [what: string, headers: string, body: string][] = [
    ['length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['chunks and length', 'Transfer-Encoding: chunked\r\nContent-Length: 0', '0\r\n\r\n'],
    ['an unknown coding', 'Transfer-Encoding: xchunked', '0\r\n\r\n'],
    ['chunks, then another coding', 'Transfer-Encoding: chunked, identity', '0\r\n\r\n'],
    ['another coding, then chunks', 'Transfer-Encoding: identity, chunked', '0\r\n\r\n'],
    ['a coding twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', '0\r\n\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked', '0\r\n\r\n'],
    ['a tab after the colon', 'Transfer-Encoding:\tchunked', '0\r\n\r\n'],
    ['a vertical tab', 'Transfer-Encoding:\x0bchunked', '0\r\n\r\n'],
    ['a folded line', 'X: y\r\n Transfer-Encoding: chunked', '0\r\n\r\n'],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 5', 'xxxxx'],
    ['two lengths in one', 'Content-Length: 0, 5', 'xxxxx'],
    ['a length with a sign', 'Content-Length: +5', 'xxxxx'],
    ['a negative length', 'Content-Length: -5', 'xxxxx'],
    ['a hexadecimal length', 'Content-Length: 0x5', 'xxxxx'],
    ['an empty length', 'Content-Length:', ''],
    ['a length that is a word', 'Content-Length: five', 'xxxxx'],
    ['a huge length', 'Content-Length: 99999999999999999999', 'x'],
    ['a line feed alone', 'X: y\nContent-Length: 5', 'xxxxx'],
    ['a carriage return alone', 'X: y\rContent-Length: 5', 'xxxxx'],
    ['a NUL', 'X: y\x00\r\nContent-Length: 5', 'xxxxx'],
    ['a space in a name', 'Content Length: 5', 'xxxxx'],
    ['a length that takes the next in', `Content-Length: ${hidden.length}`, ''],
    ['a bad chunk', 'Transfer-Encoding: chunked', 'zz\r\n'],
    ['a chunk with a sign', 'Transfer-Encoding: chunked', '-1\r\n'],
    ['a whole body of chunks', 'Transfer-Encoding: chunked', '5\r\nxxxxx\r\n0\r\n\r\n'],
    ['a whole body', 'Content-Length: 5', 'xxxxx'],
  ];
  for (const method of ['POST', 'GET', 'HEAD', 'DELETE']) {
    for (const [what, headers, body] of shapes) {
      const bytes = `${method} /healthz HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n${body}${hidden}`;
      const { text, ms } = await askRaw(port, bytes);
      assert.ok(answersIn(text).length <= 1, `${method}, ${what}: ${text}`);
      assert.match(text, /^HTTP\/1\.1 4(00|05|13) /, `${method}, ${what}`);
      assert.ok(!text.includes('router_'), `${method}, ${what}`);
      assert.ok(ms < 2_000, `${method}, ${what}: closed after ${ms} ms`);
    }
  }
});

tap.test('a body is never waited for: slow, endless or announced, it ends the connection', async () => {
  const bodies: [what: string, head: string, piece: string][] = [
    ['one letter now and then', 'POST /api/stats HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000', 'x'],
    ['of a request that reads', 'GET /api/stats HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000', 'x'],
    ['chunks', 'PUT /api/stats HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked', '1\r\nx\r\n'],
    ['much at once', 'POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000', 'x'.repeat(65_536)],
    ['announced', 'POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nExpect: 100-continue', ''],
  ];
  for (const [what, head, piece] of bodies) {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).on('error', () => undefined);
    socket.write(`${head}\r\n\r\n`);
    const drip = setInterval(() => socket.write(piece), 5);
    const startedAt = performance.now();
    await once(socket, 'close');
    clearInterval(drip);
    assert.ok(performance.now() - startedAt < 3_000, what);
    // A reset may come before what was sent is read.
    if (text !== '') assert.match(text, /^(HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 4(05|13) /, what);
  }
});

tap.test('nothing but GET and HEAD reads, whatever a header says', async () => {
  const override = { 'x-http-method-override': 'GET', 'x-method-override': 'GET', 'x-http-method': 'GET' };
  for (const path of [...paths, '/']) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'MKCOL', 'QUERY', 'M-SEARCH']) {
      const headers = { ...override, 'x-secret': 'do-not-echo' };
      const answer = await ask(`${url}${path}?_method=GET`, { method, headers, from: '127.0.0.2' }).catch(() => null);
      // Methods that Node's parser does not know are refused by it.
      if (answer === null || (path === '/' && answer.status === 404)) continue;
      assert.ok(answer.status === 405 || answer.status === 400, `${method} ${path}: ${answer.status}`);
      if (answer.status === 405) assert.equal(answer.headers.allow, 'GET, HEAD');
      assert.ok(!answer.text.includes('do-not-echo'));
    }
  }
  for (const line of ['get /metrics', 'FOO /metrics', 'PRI * HTTP/2.0\r\n\r\nSM', 'CONNECT localhost:1', 'GET']) {
    const { text } = await askRaw(port, `${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.ok(text === '' || text.startsWith('HTTP/1.1 400 '), `${line}: ${text}`);
  }
  // Nothing is upgraded.
  for (const to of ['websocket', 'h2c']) {
    const headers = `Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: ${to}\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA`;
    const { text } = await askRaw(port, `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n`);
    assert.deepEqual(answersIn(text), ['HTTP/1.1 200'], to);
  }
});

tap.test('a name that is not ours gets nothing of any path: DNS rebinding', async () => {
  for (const path of [...paths, '/', '/nothing']) {
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      '0.0.0.0',
      '127.0.0.2',
    ]) {
      const { status, text } = await ask(`${url}${path}`, { headers: { host }, from: '127.0.0.3' });
      assert.equal(status, 421, `${host}${path}`);
      assert.ok(!text.includes('web') && !text.includes('router_'));
    }
    const lines = [
      [`GET http://evil.example${path} HTTP/1.1`, 'Host: localhost'],
      [`GET http://localhost${path} HTTP/1.1`, 'Host: evil.example'],
      [`GET ${path} HTTP/1.1`, 'X-Forwarded-Host: localhost'],
      [`GET ${path} HTTP/1.1`, 'Host: evil.example\r\nX-Forwarded-Host: localhost\r\nForwarded: host=localhost'],
      [`GET ${path} HTTP/1.1`, 'Host: localhost\r\nHost: evil.example'],
      [`GET ${path} HTTP/1.1`, 'Host: evil.example\r\nHost: localhost'],
      [`GET ${path} HTTP/1.0`, 'X: y'],
    ];
    for (const [line = '', headers = ''] of lines) {
      const { text } = await askRaw(port, `${line}\r\n${headers}\r\nConnection: close\r\n\r\n`);
      assert.match(text, /^HTTP\/1\.1 4(00|21) /, `${line} ${headers}`);
    }
  }
});

tap.test('requests that come without waiting are answered in turn, as many as one client may send', async () => {
  const many = 1_000;
  const last = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  const { text } = await askRaw(port, `${'GET /api/stats HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(many)}${last}`);
  const answers = answersIn(text);
  assert.equal(answers.length, many + 1);
  assert.deepEqual([...new Set(answers)].toSorted(), ['HTTP/1.1 200', 'HTTP/1.1 429']);
  assert.equal(answers[0], 'HTTP/1.1 200');
});

tap.test('a stream does not wait behind other answers, and none is left when its connection is gone', async () => {
  const socket = net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.4' });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('error', () => undefined);
  socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20));
  await until(async () => text.includes('retry:') && (await streams())?.readers === 1, 'one reader');
  socket.resetAndDestroy();
  await until(async () => (await streams())?.readers === 0, 'no reader');
  const behind =
    'GET /api/stats HTTP/1.1\r\nHost: localhost\r\n\r\nGET /api/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  assert.deepEqual(answersIn((await askRaw(port, behind)).text), ['HTTP/1.1 200', 'HTTP/1.1 400']);
});

tap.test('the server still answers, and ends', async () => {
  assert.equal((await ask(`${url}/api/stats`, { from: '127.0.0.5' })).status, 200);
  await server.stop();
});

export default tap.start({ throwOnError: true });
