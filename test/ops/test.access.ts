import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import type * as net from 'node:net';
import * as os from 'node:os';
import { inspect } from 'node:util';
import { getHeapSnapshot } from 'node:v8';
import { tap } from '@push.rocks/tapbundle';
import { OpsHandler, OpsServer } from '../../ts/ops/index.js';
import type { IOpsServerOptions } from '../../ts/ops/index.js';
import type { RoutemeterError } from '../../ts/shared/errors.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask, askRaw } from './client.js';

const source = sourceOf(SNAPSHOT);
const token = 'correct-horse-battery-staple';

async function served<T>(options: Partial<IOpsServerOptions>, use: (server: OpsServer) => Promise<T>): Promise<T> {
  const server = new OpsServer({ source, port: 0, ...options });
  await server.start();
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

tap.test('with a token, every path but the probes asks for it', async () => {
  const table: [string, string | undefined, number][] = [
    ['missing', undefined, 401],
    ['empty', '', 401],
    ['right', `Bearer ${token}`, 200],
    ['right, scheme in other letters', `bEARER ${token}`, 200],
    ['wrong, same length', `Bearer ${token.slice(0, -1)}X`, 401],
    ['first letter wrong', `Bearer X${token.slice(1)}`, 401],
    ['other case', `Bearer ${token.toUpperCase()}`, 401],
    ['shorter', `Bearer ${token.slice(0, -1)}`, 401],
    ['longer', `Bearer ${token}x`, 401],
    ['very long', `Bearer ${'x'.repeat(8_000)}`, 401],
    ['no token', 'Bearer', 401],
    ['only a space', 'Bearer ', 401],
    ['no scheme', token, 401],
    ['another scheme', `Basic ${token}`, 401],
    ['basic credentials', `Basic ${Buffer.from(`user:${token}`).toString('base64')}`, 401],
    ['two tokens', `Bearer ${token} ${token}`, 401],
    ['two, with a comma', `Bearer ${token}, Bearer ${token}`, 401],
    ['in quotes', `Bearer "${token}"`, 401],
  ];
  await served({ auth: { token } }, async ({ url }) => {
    for (const [what, authorization, status] of table) {
      for (const path of ['/metrics', '/api/stats', '/api/stats/routes/web']) {
        const headers = authorization === undefined ? {} : { authorization };
        const answer = await ask(`${url}${path}`, { headers });
        assert.equal(answer.status, status, `${what} at ${path}`);
        if (status === 200) continue;
        assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer realm="routemeter"/);
        assert.equal(answer.headers['content-type'], 'application/problem+json');
        assert.ok(!answer.text.includes('web'), 'no figures');
      }
    }
    for (const path of ['/healthz', '/readyz', '/health%7a']) assert.equal((await ask(`${url}${path}`)).status, 200);
    // Nothing is told of what exists, by any method.
    for (const path of ['/nothing', '/api', '/healthz/', '//metrics', '/api/stats/routes/nobody']) {
      assert.equal((await ask(`${url}${path}`)).status, 401, path);
    }
    assert.equal((await ask(`${url}/metrics`, { method: 'POST' })).status, 401);
    assert.equal((await ask(`${url}/metrics`, { method: 'HEAD' })).status, 401);
  });
});

tap.test('a token that is no secret is refused at construction, and not repeated', async () => {
  const bad: unknown[] = ['', 'short', 'fifteen-letters', `sixteen or more `, 'ümlauts-are-not-sent-well', 5, null, {}];
  for (const value of bad) {
    assert.throws(
      () => new OpsServer({ source, auth: { token: value as string } }),
      (error: RoutemeterError) => {
        assert.equal(error.code, 'ERR_OPTION_INVALID');
        assert.match(error.message, /auth\.token.*16/);
        if (typeof value === 'string' && value !== '') assert.ok(!error.message.includes(value));
        return true;
      },
      inspect(value),
    );
  }
  assert.doesNotThrow(() => new OpsServer({ source, auth: { token: 'sixteen-letters!' } }));
});

tap.test('the token itself is not kept, only its digest', async () => {
  // As bytes, which no picture of the heap shows, so that this test keeps no text of it either.
  const secret = Buffer.from(randomUUID());
  const decoy = Buffer.from(randomUUID());
  // Made elsewhere: a function that waits keeps its intermediate values.
  const made = (): OpsServer => new OpsServer({ source, auth: { token: secret.toString() } });
  const kept = [decoy.toString(), made()];
  // The last text that was matched is held by RegExp itself.
  assert.match('x', /x/);
  const chunks: Buffer[] = [];
  for await (const chunk of getHeapSnapshot()) chunks.push(Buffer.from(chunk as string));
  const heap = Buffer.concat(chunks);
  assert.equal(kept.length, 2);
  assert.ok(heap.includes(decoy), 'a text that is kept can be found');
  assert.ok(!heap.includes(secret), 'the token cannot');
});

tap.test('what other machines can reach needs a token', async () => {
  for (const host of [
    '0.0.0.0',
    '::',
    '192.0.2.1',
    'router.example',
    '127.example',
    '2001:db8::1',
    '127.0.0.1.example',
  ]) {
    assert.throws(
      () => new OpsServer({ source, host }),
      (error: RoutemeterError) => error.code === 'ERR_BIND_WITHOUT_AUTH' && error.message.includes(host),
      host,
    );
    assert.doesNotThrow(() => new OpsServer({ source, host, auth: { token } }), host);
  }
  for (const host of ['127.0.0.1', '127.0.0.2', '::1', 'localhost', 'LOCALHOST']) {
    assert.doesNotThrow(() => new OpsServer({ source, host }), host);
  }
});

tap.test('only a Host of ours is served', async () => {
  await served({ allowedHosts: ['metrics.example', 'Other.Example:8443', '192.0.2.7'] }, async ({ url, address }) => {
    const port = address?.port ?? 0;
    const table: [string, number][] = [
      [`127.0.0.1:${port}`, 200],
      ['127.0.0.1', 200],
      [`localhost:${port}`, 200],
      ['localhost', 200],
      ['LocalHost', 200],
      [`[::1]:${port}`, 200],
      ['[::1]', 200],
      ['metrics.example', 200],
      ['metrics.example:1234', 200],
      ['METRICS.example', 200],
      ['other.example:8443', 200],
      ['192.0.2.7:1', 200],
      ['other.example', 421],
      ['other.example:8444', 421],
      ['evil.example', 421],
      [`evil.example:${port}`, 421],
      [`127.0.0.1:${port + 1}`, 421],
      [`127.0.0.1.evil.example:${port}`, 421],
      [`localhost.evil.example`, 421],
      ['metrics.example.evil.example', 421],
      ['xmetrics.example', 421],
      ['192.0.2.8', 421],
      [`127.0.0.1:${port}, evil.example`, 421],
    ];
    for (const [host, status] of table) {
      const answer = await ask(`${url}/api/stats`, { headers: { host } });
      // Some cannot even be made a URL of.
      const refused = status === 421 && (answer.status === 421 || answer.status === 400);
      assert.ok(answer.status === status || refused, `${host}: ${answer.status}`);
      if (status !== 200) assert.equal(answer.headers['content-type'], 'application/problem+json', host);
    }
    for (const path of ['/healthz', '/readyz', '/metrics', '/nothing']) {
      assert.equal((await ask(`${url}${path}`, { headers: { host: 'evil.example' } })).status, 421, path);
    }
    for (const host of ['a b', 'user@127.0.0.1', '127.0.0.1/', '127.0.0.1:x', '[::1', '::1']) {
      const { status } = await ask(`${url}/metrics`, { headers: { host } });
      assert.ok(status === 400 || status === 421, `${JSON.stringify(host)}: ${status}`);
    }
  });
});

tap.test('neither a second Host, nor a target in absolute form, nor none gets around the check', async () => {
  await served({}, async ({ address }) => {
    const port = address?.port ?? 0;
    const refused = [
      'GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      'GET /metrics HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      'GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      'GET http://localhost/metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      'GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n',
      'GET /metrics HTTP/1.0\r\n\r\n',
      'GET /metrics HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n',
      'GET metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      'GET \\metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    ];
    for (const bytes of refused) {
      const { text } = await askRaw(port, bytes);
      assert.match(text, /^HTTP\/1\.1 4(00|21) /, bytes);
      assert.ok(!text.includes('router_'), bytes);
    }
    const { text } = await askRaw(port, 'GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n');
    assert.match(text, /^HTTP\/1\.1 200 /);
  });
});

tap.test('bound to every address, any address is ours, and no other name', async () => {
  await served({ host: '0.0.0.0', auth: { token } }, async ({ url, address }) => {
    assert.equal(address?.address, '0.0.0.0');
    assert.equal(url, `http://127.0.0.1:${address.port}`);
    const authorization = `Bearer ${token}`;
    const others = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
    const hosts = others.map((one) => (one.family === 'IPv6' ? `[${one.address}]` : one.address));
    for (const host of [...hosts.filter((name) => !name.includes('%')), '203.0.113.9:80', 'localhost', '[::1]']) {
      assert.equal((await ask(`${url}/metrics`, { headers: { authorization, host } })).status, 200, host);
    }
    for (const host of ['evil.example', '203.0.113.9.evil.example', os.hostname() + '.evil.example']) {
      assert.equal((await ask(`${url}/metrics`, { headers: { authorization, host } })).status, 421, host);
    }
  });
});

tap.test('a name that is bound is a name of ours, on IPv6 as well', async () => {
  await served({ host: 'localhost' }, async ({ url }) => {
    assert.equal((await ask(`${url}/metrics`)).status, 200);
  });
  await served({ host: '::1' }, async ({ url, address }) => {
    assert.equal(url, `http://[::1]:${address?.port}`);
    assert.equal((await ask(`${url}/metrics`)).status, 200);
    assert.equal((await ask(`${url}/metrics`, { headers: { host: 'evil.example' } })).status, 421);
  });
});

tap.test('a mounted handler serves loopback names on any port, and what it is told to', async () => {
  const handler = new OpsHandler({ source, allowedHosts: ['ops.example:8080'] });
  const mounted = http.createServer(handler.nodeListener());
  await new Promise<void>((resolve) => mounted.listen(0, '127.0.0.1', resolve));
  const { port } = mounted.address() as net.AddressInfo;
  const url = `http://127.0.0.1:${port}/api/stats`;
  for (const [host, status] of [
    ['localhost:1', 200],
    ['[::1]:99', 200],
    ['ops.example:8080', 200],
    ['ops.example', 421],
    ['evil.example', 421],
  ] as const) {
    assert.equal((await ask(url, { headers: { host } })).status, status, host);
  }
  await new Promise((resolve) => mounted.close(resolve));
  handler.stop();
});

tap.test('a handler serves Requests as they are, by the host of their URL', async () => {
  const handler = new OpsHandler({ source, auth: { token } });
  const { fetch } = handler;
  assert.equal((await fetch(new Request('http://localhost/healthz'))).status, 200);
  assert.equal((await fetch(new Request('http://localhost:81/api/stats'))).status, 401);
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await fetch(new Request('http://localhost:81/api/stats', { headers }))).status, 200);
  assert.equal((await fetch(new Request('http://evil.example/api/stats', { headers }))).status, 421);
  const posted = await fetch(new Request('http://localhost/metrics', { method: 'POST', body: 'x', headers }));
  assert.equal(posted.status, 405);
  handler.stop();
});

export default tap.start({ throwOnError: true });
