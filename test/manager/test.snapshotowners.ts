import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { tap } from '@push.rocks/tapbundle';
import type { IRouterSnapshot } from '../../ts/interfaces/snapshot.js';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { FakeClock, FakeProxySource } from '../helpers/fakesource.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Shows a part of the routes only. */
class Redacted extends MetricsManager {
  override snapshot(): IRouterSnapshot {
    const snapshot = super.snapshot();
    const { proxy } = snapshot;
    if (proxy === null) return snapshot;
    return { ...snapshot, proxy: { ...proxy, routes: proxy.routes.filter(({ name }) => name !== 'secret') } };
  }
}

tap.test(
  'a page is made of what snapshot() gives, also of a class of its own or one that was put in its place',
  async () => {
    const proxy = new FakeProxySource('public', 'secret');
    const redacted = new Redacted();
    redacted.observe(proxy);
    proxy.open('secret');
    const { body } = await new PrometheusExporter(redacted, { processMetrics: false }).render();
    assert.ok(body.includes('route="public"') && !body.includes('secret'));

    const manager = new MetricsManager();
    const given = manager.snapshot.bind(manager);
    let asked = 0;
    manager.snapshot = () => {
      asked++;
      return given();
    };
    await new PrometheusExporter(manager, { processMetrics: false }).render();
    assert.equal(asked, 1);
  },
);

tap.test('a snapshot that is taken while another one is made changes nothing of that one', async () => {
  const proxy = new FakeProxySource('a');
  const inner: IRouterSnapshot[] = [];
  let warned = false;
  const warn = (): void => {
    if (warned) return;
    warned = true;
    proxy.open('a');
    inner.push(manager.snapshot());
  };
  const manager = new MetricsManager({ logger: { warn } });
  manager.observe(proxy);
  proxy.open('a');
  manager.snapshot();
  // A request that never began: an identity does not hold, which is logged while the next snapshot is made.
  proxy.endRequest(1, 'a', 200);
  proxy.open('a');
  const outer = manager.snapshot();
  assert.deepEqual([outer.proxy?.opened, outer.proxy?.routes[0]?.total], [2, 2]);
  assert.deepEqual([inner[0]?.proxy?.opened, inner[0]?.proxy?.routes[0]?.total], [3, 3]);
});

tap.test('snapshots that are kept and were read weigh what they tell', async () => {
  const proxy = new FakeProxySource('a');
  const manager = new MetricsManager();
  manager.observe(proxy);
  const kept: IRouterSnapshot[] = [];
  const keep = (): void => {
    proxy.close(proxy.open('a'));
    const snapshot = manager.snapshot();
    assert.equal(snapshot.proxy?.routes[0]?.active, 0);
    kept.push(snapshot);
  };
  keep();
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let index = 0; index < 200; index++) keep();
  collect();
  collect();
  const each = (process.memoryUsage().arrayBuffers - before) / 200;
  assert.ok(each < 2_000, `${each} bytes of buffers each`);
  assert.equal(kept[100]?.proxy?.routes[0]?.total, 101);
});

tap.test('a connection that ends in these books in the millisecond of its opening has a duration', async () => {
  const clock = new FakeClock();
  clock.advance(0.4);
  const proxy = new FakeProxySource('a');
  const manager = new MetricsManager({ clock });
  const forget = manager.observe(proxy);
  proxy.open('a');
  forget();
  const [route] = manager.snapshot().proxy?.routes ?? [];
  assert.deepEqual([route?.closed, route?.connectionDuration?.count], [1, 1]);
});

export default tap.start({ throwOnError: true });
