import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { RateLimit } from '../../ts/ops/classes.ratelimit.js';
import { OpsServer } from '../../ts/ops/index.js';
import { problemSchema } from '../../ts/schema/opsanswers.js';
import { FakeClock } from '../helpers/fakesource.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask, askRaw } from './client.js';

const allowed = (limit: RateLimit, client: string, requests: number): number =>
  Array.from({ length: requests }, () => limit.allows(client)).filter(Boolean).length;

tap.test('400 at once, then 200 in a second, of each client', async () => {
  const clock = new FakeClock();
  const limit = new RateLimit(clock);
  assert.equal(allowed(limit, 'a', 1_000), 400);
  assert.equal(allowed(limit, 'b', 1_000), 400);
  clock.advance(1_000);
  assert.equal(allowed(limit, 'a', 1_000), 200);
  clock.advance(5);
  assert.equal(allowed(limit, 'a', 1_000), 1);
  // Nothing is saved up beyond the burst, and what is refused costs nothing.
  clock.advance(3_600_000);
  assert.equal(allowed(limit, 'a', 1_000), 400);
  let steady = 0;
  for (let second = 0; second < 10; second++) {
    clock.advance(1_000);
    steady += allowed(limit, 'a', 200);
  }
  assert.equal(steady, 2_000);
});

tap.test('a thousand clients are remembered, the latest ones', async () => {
  const limit = new RateLimit(new FakeClock());
  assert.equal(allowed(limit, 'first', 400), 400);
  for (let client = 0; client < 999; client++) limit.allows(`client ${client}`);
  assert.equal(limit.allows('first'), false);
  for (let client = 0; client < 1_000; client++) limit.allows(`other ${client}`);
  assert.equal(limit.allows('first'), true);
});

tap.test('a client above it gets a 429 that says when to come again; others are served', async () => {
  const server = new OpsServer({ source: sourceOf(SNAPSHOT), port: 0, auth: { token: 'correct-horse-battery' } });
  await server.start();
  try {
    const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n';
    const { text } = await askRaw(
      server.address?.port ?? 0,
      `${`${request}\r\n`.repeat(3_000)}${request}Connection: close\r\n\r\n`,
    );
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
    assert.equal(statuses.length, 3_001);
    const served = statuses.filter((status) => status === '200').length;
    // As long as it takes, tokens come in.
    assert.ok(served >= 400 && served < 3_000, `${served} served`);
    assert.ok(statuses.slice(0, 400).every((status) => status === '200'));
    assert.equal(statuses.filter((status) => status === '429').length, 3_001 - served);
    const [, refused = ''] = text.split('HTTP/1.1 429 ');
    assert.match(refused, /\r\nretry-after: 1\r\n/i);
    problemSchema.parse(JSON.parse(/\{.*?\}/.exec(refused)?.[0] ?? ''));
    // In so short a time the first client has not got as many again.
    const others = await Promise.all(
      Array.from({ length: 200 }, () => ask(`${server.url}/healthz`, { from: '127.0.0.2' })),
    );
    assert.ok(others.every(({ status }) => status === 200));
  } finally {
    await server.stop();
  }
});

export default tap.start({ throwOnError: true });
