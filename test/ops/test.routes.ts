import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { Agent } from 'node:http';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { tap } from '@push.rocks/tapbundle';
import { OpsServer, routeStatsSchema, statsSchema } from '../../ts/ops/index.js';
import { statsOf } from '../../ts/stats/index.js';
import { until } from '../helpers/wait.js';
import { PROXY, route, SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask, askRaw } from './client.js';

const run = promisify(execFile);
const HOSTILE = [
  'a/b',
  '100%',
  '%2F',
  '%zz',
  'ü ñ',
  '__proto__',
  '<script>alert(1)</script>',
  'x?y#z',
  '\u{1F600}',
  'a\nb',
];
const SOURCE = sourceOf({
  ...SNAPSHOT,
  proxy: { ...PROXY, routes: [...PROXY.routes, ...HOSTILE.map((name) => route(name, { total: 1 }))] },
});

const server = new OpsServer({ source: SOURCE, port: 0 });
await server.start();
const url = server.url ?? '';
const problemOf = (text: string) => JSON.parse(text) as { type: string; title: string; status: number; detail: string };

tap.test('/metrics is what the exporter renders, in the format that is asked for', async () => {
  const text = await ask(`${url}/metrics`);
  assert.equal(text.status, 200);
  assert.match(text.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4; charset=utf-8/);
  assert.match(text.text, /router_connections_active\{[^}]*route="web"[^}]*\} 3\n/);
  const accept = 'application/openmetrics-text; version=1.0.0';
  const open = await ask(`${url}/metrics`, { headers: { accept } });
  assert.match(open.headers['content-type'] ?? '', /^application\/openmetrics-text; version=1\.0\.0/);
  assert.ok(open.text.endsWith('# EOF\n'));
});

tap.test('/api/stats is what getStats() returns, and the schema takes it', async () => {
  const answer = await ask(`${url}/api/stats`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
  const stats: unknown = JSON.parse(answer.text);
  assert.deepEqual(stats, statsOf(SOURCE.snapshot()));
  statsSchema.parse(stats);
});

tap.test('/api/stats/routes/:name finds a route by its decoded name, whatever it is', async () => {
  for (const name of ['web', 'forwarded', ...HOSTILE]) {
    const answer = await ask(`${url}/api/stats/routes/${encodeURIComponent(name)}`);
    assert.equal(answer.status, 200, name);
    assert.equal(routeStatsSchema.parse(JSON.parse(answer.text)).name, name);
  }
});

tap.test('an unknown route is a 404 that repeats the name safely', async () => {
  for (const name of ['nobody', 'WEB', 'constructor', '<img src=x onerror=alert(1)>', 'web\0', '%', '%E0%A4%A', '']) {
    const encoded = name.startsWith('%') ? name : encodeURIComponent(name);
    const answer = await ask(`${url}/api/stats/routes/${encoded}`);
    assert.equal(answer.status, 404, name);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(problemOf(answer.text).status, 404);
  }
});

tap.test('probes tell live and ready', async () => {
  assert.deepEqual(JSON.parse((await ask(`${url}/healthz`)).text), { status: 'live' });
  assert.deepEqual(JSON.parse((await ask(`${url}/readyz`)).text), { status: 'ready' });
});

tap.test('every answer forbids storing and sniffing, and none allows another origin', async () => {
  const headers = { origin: 'http://evil.example' };
  for (const path of ['/metrics', '/api/stats', '/api/stats/routes/web', '/healthz', '/readyz', '/nothing']) {
    const answer = await ask(`${url}${path}`, { headers });
    assert.equal(answer.headers['cache-control'], 'no-store', path);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff', path);
    const cors = Object.keys(answer.headers).filter((name) => name.startsWith('access-control'));
    assert.deepEqual(cors, [], path);
  }
});

tap.test('HEAD tells what GET would, without a body', async () => {
  for (const path of ['/metrics', '/api/stats', '/api/stats/routes/web', '/healthz', '/readyz']) {
    const [head, get] = await Promise.all([ask(`${url}${path}`, { method: 'HEAD' }), ask(`${url}${path}`)]);
    assert.equal(head.status, 200, path);
    assert.equal(head.body.length, 0, path);
    assert.equal(head.headers['content-type'], get.headers['content-type'], path);
    // The page of metrics tells its own render time, so its length varies.
    if (path !== '/metrics') assert.equal(Number(head.headers['content-length']), get.body.length, path);
    else assert.ok(Number(head.headers['content-length']) > 1_000);
  }
});

tap.test('another method is a 405 that tells the right ones, and an unknown path a 404', async () => {
  for (const path of ['/metrics', '/api/stats', '/api/stats/routes/web', '/healthz', '/readyz']) {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      const answer = await ask(`${url}${path}`, { method });
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.equal(answer.headers.allow, 'GET, HEAD');
      assert.equal(answer.headers['content-type'], 'application/problem+json');
    }
  }
  for (const path of ['/metrics/', '/METRICS', '/api', '/api/stats/', '/api/stats/routes/', '/%2e%2e/etc/passwd']) {
    const answer = await ask(`${url}${path}`);
    assert.equal(answer.status, 404, path);
    assert.equal(problemOf(answer.text).type, 'about:blank');
  }
});

tap.test('a body is refused and its connection closed', async () => {
  // Of itself the connection would be kept.
  const agent = new Agent({ keepAlive: true });
  assert.equal((await ask(`${url}/healthz`, { agent })).headers.connection, 'keep-alive');
  for (const headers of [{ 'content-length': '5' }, { 'transfer-encoding': 'chunked' }]) {
    const answer = await ask(`${url}/metrics`, { headers, body: 'hello', agent });
    assert.equal(answer.status, 413, JSON.stringify(headers));
    assert.equal(answer.headers.connection, 'close');
  }
  const posted = await ask(`${url}/metrics`, { method: 'POST', body: 'hello', agent });
  assert.equal(posted.status, 405);
  assert.equal(posted.headers.connection, 'close');
  agent.destroy();
  // An endless body: the connection ends though the client never does.
  const port = server.address?.port ?? 0;
  const endless = await askRaw(
    port,
    `POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999999\r\n\r\nabc`,
  );
  assert.match(endless.text, /^HTTP\/1\.1 405 /);
  assert.ok(endless.ms < 5_000, `${endless.ms} ms`);
});

tap.test('figures are compressed where the client takes gzip, and only there', async () => {
  const taken = ['gzip', 'GZIP', 'br, gzip;q=0.5', '*', 'deflate, *;q=0.1', 'x-gzip'];
  const refused = ['', 'br', 'identity', 'gzip;q=0', 'gzip; q=0, *', '*;q=0', 'gzip;q=0.0'];
  for (const path of ['/metrics', '/api/stats']) {
    const plain = await ask(`${url}${path}`);
    for (const accept of taken) {
      const answer = await ask(`${url}${path}`, { headers: { 'accept-encoding': accept } });
      assert.equal(answer.headers['content-encoding'], 'gzip', `${path} ${accept}`);
      assert.match(answer.headers.vary ?? '', /Accept-Encoding/);
      assert.equal(Number(answer.headers['content-length']), answer.body.length);
      assert.ok(answer.body.length < plain.body.length / 2);
      const text = gunzipSync(answer.body).toString();
      if (path === '/api/stats') assert.equal(text, plain.text);
      else assert.match(text, /router_connections_active\{/);
    }
    for (const accept of refused) {
      const answer = await ask(`${url}${path}`, { headers: { 'accept-encoding': accept } });
      assert.equal(answer.headers['content-encoding'], undefined, `${path} ${accept}`);
    }
  }
});

tap.test('curl and fetch are served as well', async () => {
  const { stdout } = await run('curl', ['-sS', '--compressed', '-i', `${url}/api/stats`]);
  const [head = '', body = ''] = stdout.split('\r\n\r\n');
  assert.match(head, /^HTTP\/1\.1 200 OK/);
  assert.match(head, /content-encoding: gzip/i);
  statsSchema.parse(JSON.parse(body));
  const { stdout: headOnly } = await run('curl', ['-sS', '-I', `${url}/metrics`]);
  assert.match(headOnly, /^HTTP\/1\.1 200 OK/);
  statsSchema.parse(await (await fetch(`${url}/api/stats`)).json());
});

tap.test('what cannot be told is a 503, whole, and not a 200', async () => {
  let fails = true;
  const failing = new OpsServer({
    source: {
      snapshot: () => {
        if (fails) throw new Error('the book is closed');
        return SNAPSHOT;
      },
    },
    port: 0,
  });
  await failing.start();
  try {
    for (const path of ['/metrics', '/api/stats', '/api/stats/routes/web']) {
      for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
        const answer = await ask(`${failing.url}${path}`, { headers });
        assert.equal(answer.status, 503, path);
        assert.equal(answer.headers['content-type'], 'application/problem+json');
        assert.match(problemOf(answer.text).detail, /the book is closed/);
      }
    }
    const ready = await ask(`${failing.url}/readyz`);
    assert.equal(ready.status, 503);
    assert.match(problemOf(ready.text).detail, /no snapshot/);
    // Open to everybody, so it repeats nothing of the inside.
    assert.doesNotMatch(ready.text, /book/);
    assert.equal((await ask(`${failing.url}/healthz`)).status, 200);
    fails = false;
    assert.equal((await ask(`${failing.url}/metrics`)).status, 200);
    await until(async () => (await ask(`${failing.url}/readyz`)).status === 200, 'readiness');
  } finally {
    await failing.stop();
  }
});

tap.test('an exporter that rejects, throws, or answers nonsense is a 503, too', async () => {
  const exporters = [
    () => Promise.reject(new Error('half a page')),
    () => Promise.reject('a text'),
    () => {
      throw new Error('at once');
    },
    () => Promise.resolve(undefined as never),
    () => Promise.resolve({ contentType: 'text/plain\r\nx: y', body: 'injected' }),
  ];
  for (const render of exporters) {
    const failing = new OpsServer({ source: SOURCE, exporter: { render }, port: 0 });
    await failing.start();
    const answer = await ask(`${failing.url}/metrics`).finally(() => failing.stop());
    assert.equal(answer.status, 503, String(render));
    assert.equal(answer.headers['content-type'], 'application/problem+json');
  }
});

tap.test('readiness of an open probe takes no more than a snapshot a second', async () => {
  let taken = 0;
  const counted = new OpsServer({ source: { snapshot: () => (taken++, SNAPSHOT) }, port: 0 });
  await counted.start();
  await Promise.all(Array.from({ length: 20 }, () => ask(`${counted.url}/readyz`))).finally(() => counted.stop());
  assert.ok(taken >= 1 && taken <= 2, `${taken} snapshots`);
});

tap.test('reading changes nothing', async () => {
  const before = JSON.stringify(SOURCE.snapshot());
  await Promise.all(['/metrics', '/api/stats', '/api/stats/routes/web'].map((path) => ask(`${url}${path}`)));
  assert.equal(JSON.stringify(SOURCE.snapshot()), before);
});

tap.test('the server ends', async () => {
  await server.stop();
});

export default tap.start({ throwOnError: true });
