import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { FakeProxySource } from '../helpers/fakesource.js';

tap.test('each request is counted under its own method and code, whatever the one before was', async () => {
  const proxy = new FakeProxySource('a');
  const manager = new MetricsManager();
  manager.observe(proxy);
  const id = proxy.open('a');
  for (const [method, code] of [
    ['GET', 200],
    ['GET', 404],
    ['GET', 404],
    ['POST', 404],
    ['GET', 200],
    ['GET', null],
    ['BREW', 200],
    ['STEEP', 200],
    ['GET', 200],
    ['GET', 99],
    ['GET', NaN],
    ['GET', NaN],
  ] as const) {
    proxy.startRequest(id, 'a', method);
    proxy.endRequest(id, 'a', code, method);
  }
  const { requests } = manager.snapshot().proxy?.routes[0] ?? {};
  const counts = Object.fromEntries(
    requests?.byCode.map(({ method, code, count }) => [`${method} ${code}`, count]) ?? [],
  );
  assert.deepEqual(counts, {
    'GET 200': 3,
    'GET 404': 2,
    'GET aborted': 1,
    'GET OTHER': 3,
    'POST 404': 1,
    '_OTHER 200': 2,
  });
  assert.deepEqual([requests?.started, requests?.finished, requests?.aborted], [12, 11, 1]);
});

export default tap.start({ throwOnError: true });
