import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import { tap } from '@push.rocks/tapbundle';
import type { ISystemAnswer } from '../../ts/interfaces/ops.js';
import { OpsServer } from '../../ts/ops/index.js';
import { problemSchema } from '../../ts/schema/opsanswers.js';
import { FakeProxySource } from '../helpers/fakesource.js';
import { until } from '../helpers/wait.js';
import { PROXY, route, SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask, newClient } from './client.js';
import { documentOf, examplePath, showing } from './openapi.js';

const HOSTILE = [
  '__proto__',
  'constructor',
  'toString',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '../../etc/passwd',
  '..',
  '%2e%2e%2f',
  'a/b?c#d&e=f',
  'a\r\nSet-Cookie: x=1\r\n\r\nb',
  'data: x\n\nevent: traffic',
  '\u202egnp.exe',
  '\u2028\u2029\u0085',
  'nul\x00nul',
  '\x1b[2J',
  '{"a":1}',
  'x'.repeat(255),
  '\u{1f4a9}',
  'ü'.repeat(60),
  ' ',
  ...Array.from({ length: 32 }, (_, code) => `c${String.fromCharCode(code)}c`),
];

const events = showing(new FakeProxySource(...HOSTILE));
const snapshot = { ...SNAPSHOT, proxy: { ...PROXY, routes: HOSTILE.map((name) => route(name)) } };
const server = new OpsServer({ source: sourceOf(snapshot), events: [events], port: 0 });
await server.start();
const url = server.url ?? '';
const { paths } = await documentOf(url);

const streams = async (): Promise<ISystemAnswer['streams']> =>
  (JSON.parse((await ask(`${url}/api/system`, { from: newClient() })).text) as ISystemAnswer).streams;

/** A stream of events, and what of it has come. */
async function reader(query: string, headers: Record<string, string> = {}) {
  const request = http.get(`${url}/api/events${query}`, { agent: false, headers, localAddress: newClient() });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const seen = { status: response.statusCode, text: '', close: () => request.destroy() };
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => (seen.text += chunk.toString()));
  return seen;
}

tap.test('routes of hostile names are found by their names, and are data in every answer', async () => {
  for (const name of HOSTILE) {
    const { status, text } = await ask(`${url}/api/stats/routes/${encodeURIComponent(name)}`, { from: newClient() });
    // A path of dots is resolved before anybody sees it.
    if (name === '..') assert.equal(status, 404);
    else assert.deepEqual([status, (JSON.parse(text) as { name: string }).name], [200, name], JSON.stringify(name));
    for (const path of ['/api/connections', '/api/events']) {
      const query = `?route=${encodeURIComponent(name)}`;
      assert.equal(
        (await ask(`${url}${path}${query}`, { method: 'HEAD', from: newClient() })).status,
        200,
        path + query,
      );
    }
  }
});

tap.test('events of hostile routes pass their filter, each as one event', async () => {
  for (const name of [
    'data: x\n\nevent: traffic',
    'a\r\nSet-Cookie: x=1\r\n\r\nb',
    '__proto__',
    '\u2028\u2029\u0085',
    'nul\x00nul',
  ]) {
    const stream = await reader(`?route=${encodeURIComponent(name)}`);
    for (const other of HOSTILE) events.open(other, { domain: other });
    await until(() => /event: connection-open\n.*\n\n$/s.test(stream.text), JSON.stringify(name));
    const blocks = stream.text.split('\n\n').filter((block) => block.includes('event: '));
    assert.equal(blocks.length, 1, stream.text);
    const data = /^id: [0-9a-f]+-\d+\nevent: connection-open\ndata: ([^\n]*)$/.exec(blocks[0] ?? '')?.[1] ?? '';
    const { routeName, domain } = JSON.parse(data) as { routeName: string; domain: string };
    assert.deepEqual([routeName, domain], [name, name]);
    stream.close();
  }
});

tap.test('a Last-Event-ID that nobody gave is told as a gap', async () => {
  const first = await reader('');
  await until(() => first.text.includes('id: '), 'an id');
  const prefix = /id: ([0-9a-f]+)-/.exec(first.text)?.[1] ?? assert.fail(first.text);
  const garbage = [
    '0',
    '-1',
    'x',
    `${prefix}`,
    `${prefix}-`,
    `${prefix}-x`,
    `${prefix}--1`,
    `${prefix}-1e3`,
    `${prefix}-NaN`,
  ];
  garbage.push(
    `${prefix}-999999999999999`,
    `${prefix}-9${'9'.repeat(100)}`,
    'x'.repeat(8_000),
    `0-${'1'.repeat(8_000)}`,
    '\xff\xfe',
  );
  for (const id of garbage) {
    const stream = await reader('', { 'last-event-id': id });
    assert.equal(stream.status, 200, id);
    await until(() => stream.text.includes('event: gap'), id.slice(0, 30));
    assert.match(stream.text, /data: \{"reason":"restart","missed":null\}\n\n/);
    stream.close();
  }
  first.close();
  await until(async () => (await streams())?.readers === 0, 'no reader');
});

tap.test('a cursor that nobody gave is refused, or is one that might have been given', async () => {
  const encoded = (text: string): string => Buffer.from(text).toString('base64url');
  const forged = [
    'age:0:0',
    'age:-1e9:1',
    'age:NaN:1',
    'age:Infinity:1',
    'bytes:1:1',
    '__proto__:1:1',
    'age:1',
    'age:1:1:1',
    'age::',
    ':::',
  ];
  forged.push(
    'age:-99999999999999999999:1',
    `age:${'9'.repeat(40)}:1`,
    'age:1:-1',
    'age:1:1\n',
    'AGE:1:1',
    '\x00',
    'age:0x1:1',
  );
  const cursors = [
    ...forged.map(encoded),
    'x',
    '%',
    '%00',
    '..',
    '%ff%fe',
    'x'.repeat(101),
    'x'.repeat(8_000),
    '__proto__',
  ];
  const allowed = new Set([encoded('age:0:0')]);
  for (const cursor of cursors) {
    const { status, text } = await ask(`${url}/api/connections?cursor=${cursor}`, { from: newClient() });
    if (allowed.has(cursor)) assert.equal(status, 200, cursor);
    else
      assert.deepEqual([status, problemSchema.parse(JSON.parse(text)).parameter], [400, 'cursor'], cursor.slice(0, 50));
  }
});

tap.test('whatever is asked for, the answer is what was documented', async () => {
  const values = [
    '1e9',
    '1000000000',
    '-1',
    '1.5',
    'NaN',
    'Infinity',
    '0x10',
    '',
    '%00',
    '%ff',
    '[]',
    '{}',
    'null',
    'true',
    '__proto__',
  ];
  values.push(
    'constructor',
    'proxy.__proto__',
    '__proto__.polluted',
    'proxy.constructor.prototype',
    ',,,',
    '.',
    'proxy..routes',
  );
  values.push(
    ',takenAt'.repeat(100),
    'proxy.'.repeat(30),
    "' OR 1=1 --",
    '${7*7}',
    'x'.repeat(2_000),
    encodeURIComponent(HOSTILE.join()),
  );
  for (const [path, { get }] of Object.entries(paths)) {
    const names = [
      ...get.parameters.filter((one) => one.in === 'query').map(({ name }) => name),
      '__proto__',
      'limit[]',
      '%00',
      '',
    ];
    for (const name of names) {
      for (const value of [...values, '1&limit=2', `x&${name}=x`]) {
        const method = path === '/api/events' ? 'HEAD' : 'GET';
        const { status, text } = await ask(`${url}${examplePath(path)}?${name}=${value}`, {
          method,
          from: newClient(),
        });
        const what = `${path}?${name}=${value}`.slice(0, 100);
        assert.ok(String(status) in get.responses, `${what}: ${status}`);
        assert.ok([200, 400, 404].includes(status), `${what}: ${status}`);
        if (status !== 200 && method === 'GET') problemSchema.parse(JSON.parse(text));
      }
    }
    for (const value of path.includes('{') ? [...values.slice(0, -2), 'constructor', 'toString'] : []) {
      const at = path.replace(/\{\w+\}/, value === '' ? 'x' : encodeURIComponent(value.slice(0, 500)));
      const { status } = await ask(`${url}${at}`, { from: newClient() });
      assert.ok([200, 404].includes(status), `${at}: ${status}`);
    }
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  assert.deepEqual(Object.keys(Object.prototype), []);
});

tap.test('the end', async () => {
  await server.stop();
});

export default tap.start({ throwOnError: true });
