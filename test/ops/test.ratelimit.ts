import assert from 'node:assert/strict';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { createApp } from '../../ts/ops/app.js';
import { OpsParts } from '../../ts/ops/classes.opsparts.js';
import { RateLimit } from '../../ts/ops/classes.ratelimit.js';
import { nodeListenerOf } from '../../ts/ops/nodelistener.js';
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

tap.test(
  'a client above it gets a 429 that says when to come again, whatever it asks for; others are served',
  async () => {
    const parts = new OpsParts({ source: sourceOf(SNAPSHOT), auth: { token: 'correct-horse-battery' } });
    const clock = new FakeClock();
    const app = createApp(parts, () => true, { limit: new RateLimit(clock) });
    const server = http.createServer(nodeListenerOf((request, bindings) => app.fetch(request, bindings)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    try {
      const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n';
      const all = `${`${request}\r\n`.repeat(400)}${request}Connection: close\r\n\r\n`;
      const { text } = await askRaw(port, all);
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
      assert.deepEqual(statuses, [...Array<number>(400).fill(200), 429]);
      for (const path of ['/', '/metrics', '/api/stats', '/nothing', '/readyz']) {
        const refused = await ask(`${url}${path}`);
        assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '1'], path);
        assert.equal(problemSchema.parse(JSON.parse(refused.text)).status, 429);
      }
      assert.equal((await ask(`${url}/healthz`, { from: '127.0.0.2' })).status, 200);
      clock.advance(5);
      assert.equal((await ask(`${url}/healthz`)).status, 200);
    } finally {
      server.close();
    }
  },
);

export default tap.start({ throwOnError: true });
