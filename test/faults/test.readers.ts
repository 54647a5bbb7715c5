import assert from 'node:assert/strict';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { dnsStats, MetricsAwareProxy, MetricsManager, proxyStats } from '../../ts/index.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { FakeClock, FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';
import { until } from '../helpers/wait.js';
import { holds } from './rig.js';

const SPOILT = Symbol('spoilt');

/** Tries to change everything that can be reached from a value; counts what it came to. */
function spoil(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
  seen.add(value);
  let came = 1;
  const attempt = (what: () => unknown): void => {
    try {
      what();
    } catch {
      // It is frozen: so much the better.
    }
  };
  // Deep first, while there is still a way down.
  for (const key of Reflect.ownKeys(value)) came += spoil(Reflect.get(value, key), seen);
  if (value instanceof Map || value instanceof Set) {
    for (const entry of value.values()) came += spoil(entry, seen);
    attempt(() => value.clear());
  }
  if (ArrayBuffer.isView(value)) attempt(() => Reflect.apply(Uint8Array.prototype.fill, value, [7]));
  if (Array.isArray(value)) {
    attempt(() => value.reverse());
    attempt(() => value.push('spoilt'));
    attempt(() => (value.length = 0));
  }
  for (const key of Reflect.ownKeys(value)) {
    attempt(() => Reflect.set(value, key, 'spoilt'));
    attempt(() => Reflect.deleteProperty(value, key));
    attempt(() => Object.defineProperty(value, key, { value: SPOILT, configurable: true }));
  }
  attempt(() => Reflect.set(value, 'spoilt', SPOILT));
  attempt(() => Object.setPrototypeOf(value, null));
  return came;
}

/** A router in the midst of its work, on a clock that stands still. */
function busy() {
  const clock = new FakeClock();
  const manager = new MetricsManager({ clock });
  const [proxy, dns] = [new FakeProxySource('a', 'b'), new FakeDnsSource()];
  manager.observe(proxy);
  manager.observe(dns);
  for (let n = 0; n < 50; n++) {
    const id = proxy.open(n % 2 === 0 ? 'a' : 'b', { clientIp: `192.0.2.${n}` });
    proxy.traffic(id, 10 * n, n, n, n % 3 === 0);
    proxy.startRequest(id, 'a');
    if (n % 2 === 0) proxy.endRequest(id, 'a', 200 + n);
    if (n % 5 === 0) proxy.upgrade(id);
    if (n % 3 > 0) proxy.close(id);
    const query = dns.ask(`n${n}.test`, { source: n % 2 === 0 ? 'udp' : 'tcp', clientIp: '192.0.2.1', size: 40 });
    if (n % 4 > 0) dns.answer(query, { responseCode: n % 5 === 0 ? 'SERVFAIL' : 'NOERROR', result: 'hit', size: 80 });
    clock.advance(100);
  }
  return { manager, proxy, dns, exporter: new PrometheusExporter(manager, { clock, processMetrics: false }) };
}

/** Of the process, which does not stand still, nothing. */
const told = ({ manager }: ReturnType<typeof busy>): unknown =>
  JSON.parse(JSON.stringify({ ...manager.snapshot(), process: 0 }));
const page = async ({ exporter }: ReturnType<typeof busy>): Promise<string[]> =>
  (await exporter.render('text/plain')).body.split('\n').filter((line) => !line.startsWith('router_render_'));

tap.test('a reader that changes all that it is given changes nothing of what others read, then and later', async () => {
  const world = busy();
  const { manager } = world;
  // What the first page brings (its own figures) is there for both.
  await page(world);
  const [before, pageBefore] = [told(world), await page(world)];
  let came = 0;
  came += spoil(manager.snapshot());
  came += spoil(manager.getStats());
  const [ofProxy, ofDns] = [proxyStats(manager), dnsStats(manager)];
  for (const given of [
    ofProxy.getConnectionsByRoute(),
    ofProxy.getThroughput(),
    ofDns.getCacheStats(),
    ofDns.getTopDomains(10),
    ofDns.getQueryTypeBreakdown(),
  ]) {
    came += spoil(given);
  }
  assert.ok(came > 300, `${came} objects`);
  assert.deepEqual(told(world), before);
  assert.deepEqual(await page(world), pageBefore);
  holds(manager);
  // And it counts on, as one that was never spoilt.
  const twin = busy();
  await page(twin);
  for (const { proxy, dns } of [world, twin]) {
    proxy.close(proxy.open('a'));
    dns.answer(dns.ask('later.test'));
  }
  assert.deepEqual(told(world), told(twin));
});

tap.test('open connections and readings of a proxy are given away, too', async () => {
  const proxy = new MetricsAwareProxy();
  const manager = new MetricsManager();
  manager.observe(proxy);
  const socket = new net.Socket();
  proxy.wrapSocketHandler((given: net.Socket) => void given, { routeName: 'a' })(socket);
  const shown: unknown[] = [];
  const look = (): Promise<void> =>
    proxy.visitOpen((connection) => {
      shown.push(JSON.parse(JSON.stringify(connection)));
      spoil(connection);
    });
  await look();
  await look();
  assert.deepEqual(shown[1], shown[0]);
  spoil(proxy.readings());
  assert.deepEqual(proxy.readings().routes, ['a']);
  socket.destroy();
  await until(() => proxy.activeCount() === 0, 'the end');
  holds(manager);
});

export default tap.start({ throwOnError: true });
