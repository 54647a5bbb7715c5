import assert from 'node:assert/strict';
import type nodeCrypto from 'node:crypto';
import { createHash } from 'node:crypto';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import * as os from 'node:os';
import { tap } from '@push.rocks/tapbundle';
import { createApp } from '../../ts/ops/app.js';
import { OpsParts } from '../../ts/ops/classes.opsparts.js';
import { OpsServer } from '../../ts/ops/index.js';
import type { RoutemeterError } from '../../ts/shared/errors.js';
import { FakeProxySource } from '../helpers/fakesource.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask, askRaw, newClient } from './client.js';
import type { IAnswer, IAsk } from './client.js';
import { documentOf, examplePath, routesOf, showing } from './openapi.js';

const token = 'correct-horse-battery-staple';
const bearer = { authorization: `Bearer ${token}` };
const source = sourceOf(SNAPSHOT);
const events = [showing(new FakeProxySource('web'))];
const server = new OpsServer({ source, events, auth: { token }, port: 0 });
await server.start();
const url = server.url ?? '';
const port = server.address?.port ?? 0;

const fetchOf = (path: string, options: IAsk = {}): Promise<IAnswer> =>
  ask(`${url}${path}`, { from: newClient(), ...options });

const document = await documentOf(url, bearer);
const served = routesOf(createApp(new OpsParts({ source, events }), () => true));
const paths = [...new Set([...served, ...Object.keys(document.paths)])];
const isOpen = (path: string): boolean => document.paths[path]?.get.security?.length === 0;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

tap.test('the document and the app know the same paths: none can be forgotten below', async () => {
  assert.deepEqual(Object.keys(document.paths).toSorted(), served);
  assert.deepEqual(paths.filter(isOpen).toSorted(), ['/healthz', '/readyz']);
  assert.ok(paths.length >= 11, String(paths.length));
});

tap.test('no path but the probes answers without the token, or with a wrong one, by any method', async () => {
  const wrong: Record<string, string>[] = [
    {},
    { authorization: 'Bearer wrong-horse-battery-staple' },
    { authorization: `Bearer ${token}x` },
    { authorization: `Bearer ${createHash('sha256').update(token).digest('hex')}` },
    { authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}` },
    { cookie: `token=${token}`, 'x-api-key': token, 'proxy-authorization': `Bearer ${token}` },
  ];
  for (const path of paths) {
    const at = examplePath(path);
    for (const headers of wrong) {
      for (const query of ['', `?access_token=${token}&token=${token}`]) {
        const { status, text } = await fetchOf(`${at}${query}`, { headers });
        assert.equal(status, isOpen(path) ? 200 : 401, `${path}${query} ${JSON.stringify(headers)}`);
        assert.ok(!text.includes('schemaVersion') && !text.includes('router_') && !text.includes('web'), path);
      }
    }
    for (const method of METHODS) {
      const { status } = await fetchOf(at, { method });
      const expected = method === 'GET' || method === 'HEAD' ? 200 : 405;
      assert.equal(status, isOpen(path) ? expected : 401, `${method} ${path}`);
    }
    // With it they do: HEAD, for one of them never ends.
    assert.equal((await fetchOf(at, { method: 'HEAD', headers: bearer })).status, 200, path);
  }
});

tap.test('no spelling of a path gets around the token', async () => {
  const spellings = [
    '/api/stats/',
    '//api/stats',
    '/API/stats',
    '/api//stats',
    '/api/./stats',
    '/api/%73tats',
    '/%61pi/stats',
    '/api%2fstats',
    '/api/stats%00',
    '/api/stats;healthz',
    '/api/stats?/healthz',
    '/api/stats#/healthz',
    '/healthz/../api/stats',
    '/healthz/%2e%2e/api/stats',
    '/healthz/..%2fapi%2fstats',
    '/healthz/..;/api/stats',
    '/readyz\\..\\api\\stats',
    '/metrics/',
    '/%6detrics',
    '/healthz%2f..%2fmetrics',
    `http://localhost:${port}/api/stats`,
    `http://localhost:${port}/healthz/../api/stats`,
    `http://healthz@localhost:${port}/api/stats`,
  ];
  for (const spelling of spellings) {
    const { text } = await askRaw(port, `GET ${spelling} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(text, /^HTTP\/1\.1 (400|401|421) /, spelling);
    assert.ok(!text.includes('schemaVersion') && !text.includes('router_'), spelling);
  }
});

tap.test('every answer forbids to sniff, frame, embed, keep and run it, whatever its status', async () => {
  const failing = new OpsServer({ source: { snapshot: () => assert.fail('no snapshot') }, events, port: 0 });
  await failing.start();
  const seen = new Set<number>();
  const check = ({ status, headers }: IAnswer, what: string): void => {
    seen.add(status);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; /, what);
    assert.match(policy, /frame-ancestors 'none'/, what);
    assert.doesNotMatch(policy, /unsafe-|\*|http/, what);
    assert.equal(headers['x-content-type-options'], 'nosniff', what);
    assert.equal(headers['x-frame-options'], 'DENY', what);
    assert.equal(headers['referrer-policy'], 'no-referrer', what);
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin', what);
    assert.match(String(headers['cache-control']), /^no-(store|cache)$/, what);
    const telling = Object.keys(headers).filter((name) =>
      /^(access-control-|server$|x-powered-by$|set-cookie$)/.test(name),
    );
    assert.deepEqual(telling, [], what);
    if (status >= 400) assert.equal(headers['content-type'], 'application/problem+json', what);
  };
  for (const path of [
    '/',
    ...paths,
    '/nothing',
    '/api/stats/routes/{name}?x=1',
    '/api/top/nothing',
    '/api/stats/routes/no',
  ]) {
    const at = examplePath(path);
    check(await fetchOf(at), `${path} without a token`);
    check(await fetchOf(at, { method: 'HEAD', headers: bearer }), path);
    check(await fetchOf(at, { method: 'DELETE', headers: bearer }), `DELETE ${path}`);
    check(await fetchOf(`${at}?unheard=1`, { method: 'HEAD', headers: bearer }), `${path} with a parameter`);
    check(await fetchOf(at, { headers: { ...bearer, host: 'evil.example' } }), `${path} for another host`);
    check(await fetchOf(at, { headers: { origin: 'https://evil.example' } }), `${path} for another origin`);
    const withBody = { headers: { ...bearer, 'content-length': '1' }, body: 'x' };
    check(await fetchOf(at, { ...withBody, method: path === '/api/events' ? 'HEAD' : 'GET' }), `${path} with a body`);
    check(await ask(`${failing.url}${at}`, { from: newClient(), method: 'HEAD' }), `${path} without a snapshot`);
    const { etag } = (await fetchOf(at, { method: 'HEAD', headers: bearer })).headers;
    if (etag === undefined) continue;
    check(await fetchOf(at, { headers: { ...bearer, 'if-none-match': etag } }), `${path} once more`);
  }
  const one = newClient();
  for (let turn = 0; turn < 40 && !seen.has(429); turn++) {
    const burst = Array.from({ length: 50 }, () => ask(`${url}/healthz`, { from: one }));
    for (const answer of await Promise.all(burst)) check(answer, 'too often');
  }
  assert.deepEqual([...seen].toSorted(), [200, 304, 400, 401, 404, 405, 413, 421, 429, 503]);
  await failing.stop();
});

tap.test('a token is compared as digests of one length, by a function whose time tells nothing', async () => {
  const crypto = createRequire(import.meta.url)('node:crypto') as typeof nodeCrypto;
  const real = crypto.timingSafeEqual;
  const compared: [Buffer, Buffer][] = [];
  crypto.timingSafeEqual = (one, other) => {
    compared.push([one as Buffer, other as Buffer]);
    return real(one, other);
  };
  syncBuiltinESMExports();
  try {
    const guesses = ['x', token, token.slice(0, -1), `${token}x`, 'é'.repeat(3), 'y'.repeat(8_000)];
    for (const guess of guesses) {
      const { status } = await fetchOf('/api/history', { headers: { authorization: `Bearer ${encodeURI(guess)}` } });
      assert.equal(status, guess === token ? 200 : 401, guess);
    }
    const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
    assert.deepEqual(
      compared.map((pair) => pair.map((one) => one.toString('hex'))),
      guesses.map((guess) => [digest(encodeURI(guess)), digest(token)]),
    );
    assert.ok(compared.every((pair) => pair.every(({ length }) => length === 32)));
  } finally {
    crypto.timingSafeEqual = real;
    syncBuiltinESMExports();
  }
});

tap.test('whatever another machine might reach is not bound without a token', async () => {
  const own = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
  const lan = own.filter(({ internal }) => !internal).map(({ address }) => address);
  const hosts = [
    '0.0.0.0',
    '::',
    '0',
    '::0',
    '0:0:0:0:0:0:0:0',
    '::ffff:0.0.0.0',
    '::ffff:127.0.0.1',
    '127.1',
    '0x7f.1',
  ];
  const names = [os.hostname(), `${os.hostname()}.local`, 'router.lan', 'localhost.lan', 'localhost.', 'ip6-localhost'];
  for (const host of [
    ...hosts,
    ...names,
    ...lan,
    '10.0.0.1',
    '192.168.1.1',
    'fe80::1',
    'fd00::1',
    '[::1]',
    ' 127.0.0.1',
  ]) {
    assert.throws(
      () => new OpsServer({ source, host }),
      (error: RoutemeterError) => error.code === 'ERR_BIND_WITHOUT_AUTH',
      host,
    );
  }
  const bound = new OpsServer({ source, host: '::', port: 0, auth: { token } });
  await bound.start();
  assert.equal((await ask(`${bound.url}/api/stats`)).status, 401);
  assert.equal((await ask(`${bound.url}/api/stats`, { headers: bearer })).status, 200);
  await bound.stop();
});

tap.test('the end', async () => {
  await server.stop();
});

export default tap.start({ throwOnError: true });
