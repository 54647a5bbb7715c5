import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { OpsServer } from '../../ts/ops/index.js';
import { FakeProxySource } from '../helpers/fakesource.js';
import { until } from '../helpers/wait.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask } from './client.js';
import type { IAnswer } from './client.js';
import { StreamClient } from './streamclient.js';

const token = 'correct-horse-battery-staple';
const ours = 'https://ops.example';
const authorization = `Bearer ${token}`;
const server = new OpsServer({
  source: sourceOf(SNAPSHOT),
  events: [new FakeProxySource('web')],
  port: 0,
  auth: { token },
  allowedOrigins: [ours, 'http://127.0.0.1:8000'],
});
await server.start();
const url = server.url ?? '';

const corsOf = ({ headers }: IAnswer): string[] => Object.keys(headers).filter((name) => name.startsWith('access-control-')); // prettier-ignore

tap.test('a page of a listed origin may read every answer, errors too', async () => {
  for (const origin of [ours, 'http://127.0.0.1:8000']) {
    for (const path of ['/api/stats', '/metrics', '/healthz', '/nothing', '/api/top/routes?by=x']) {
      for (const headers of [{ origin }, { origin, authorization }]) {
        const answer = await ask(`${url}${path}`, { headers });
        assert.equal(answer.headers['access-control-allow-origin'], origin, path);
        assert.match(String(answer.headers['access-control-expose-headers']), /ETag/);
        assert.match(answer.headers.vary ?? '', /Origin/);
        assert.equal(answer.headers['access-control-allow-credentials'], undefined);
      }
    }
  }
});

tap.test('no other page may, and caches are told that it depends on the origin', async () => {
  const others = ['https://ops.example.evil', 'http://ops.example', 'https://ops.example:8443', 'https://OPS.example', 'null', '*', 'evil', '']; // prettier-ignore
  for (const origin of [...others, undefined]) {
    const headers = origin === undefined ? { authorization } : { authorization, origin };
    const answer = await ask(`${url}/api/stats`, { headers });
    assert.deepEqual([answer.status, corsOf(answer)], [200, []], origin);
    assert.match(answer.headers.vary ?? '', /Accept-Encoding.*Origin|Origin.*Accept-Encoding/);
  }
});

tap.test('the question before a request with a token is answered for listed origins, without one', async () => {
  const asks = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' };
  const answer = await ask(`${url}/api/stats`, { method: 'OPTIONS', headers: { origin: ours, ...asks } });
  assert.deepEqual([answer.status, answer.text], [204, '']);
  assert.equal(answer.headers['access-control-allow-origin'], ours);
  assert.equal(answer.headers['access-control-allow-methods'], 'GET, HEAD');
  for (const name of ['Authorization', 'Last-Event-ID', 'If-None-Match']) {
    assert.ok(String(answer.headers['access-control-allow-headers']).includes(name), name);
  }
  const foreign = await ask(`${url}/api/stats`, { method: 'OPTIONS', headers: { origin: 'https://evil.example', ...asks } }); // prettier-ignore
  assert.deepEqual([foreign.status, corsOf(foreign)], [401, []]);
  const noQuestion = await ask(`${url}/api/stats`, { method: 'OPTIONS', headers: { origin: ours, authorization } });
  assert.equal(noQuestion.status, 405);
  const rebound = { origin: ours, ...asks, host: 'evil.example' };
  assert.equal((await ask(`${url}/api/stats`, { method: 'OPTIONS', headers: rebound })).status, 421);
});

tap.test('the stream as well', async () => {
  const client = await StreamClient.open(`${url}/api/events`, { origin: ours, authorization });
  assert.equal(client.response.headers['access-control-allow-origin'], ours);
  assert.equal(client.response.headers.vary, 'Origin');
  await until(() => client.retry !== null, 'the greeting');
  const foreign = await StreamClient.open(`${url}/api/events`, { origin: 'https://evil.example', authorization });
  assert.equal(foreign.response.headers['access-control-allow-origin'], undefined);
});

tap.test('what is no origin is refused by name', async () => {
  const bad: unknown[] = ['https://ops.example', [5], ['*'], ['null'], ['ops.example'], ['https://ops.example/'], ['https://ops.example/x'], ['file:///x'], ['HTTPS://ops.example'], ['https://ops.example:443'], ['https://u:p@ops.example'], null]; // prettier-ignore
  for (const allowedOrigins of bad) {
    assert.throws(
      () => new OpsServer({ source: sourceOf(SNAPSHOT), allowedOrigins: allowedOrigins as string[] }),
      /"allowedOrigins" must be/,
      JSON.stringify(allowedOrigins),
    );
  }
  new OpsServer({ source: sourceOf(SNAPSHOT), allowedOrigins: [] });
});

tap.test('the server ends', async () => {
  await server.stop();
});

export default tap.start({ throwOnError: true });
