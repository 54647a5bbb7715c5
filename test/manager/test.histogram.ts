import { expect, tap } from '@push.rocks/tapbundle';
import { Histogram } from '../../ts/manager/classes.histogram.js';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import * as buckets from '../../ts/shared/buckets.js';
import { FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';

tap.test('upper edges are inclusive, and what is above the last has a slot of its own', async () => {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of [0, 1, 1.0001, 2, 5, 5.0001, 1e9]) histogram.observe(value);
  const { counts, count, sum } = histogram.snapshot();
  expect(counts).toEqual([2, 2, 1, 2]);
  expect(count).toEqual(7);
  expect(sum).toEqual(0 + 1 + 1.0001 + 2 + 5 + 5.0001 + 1e9);
});

tap.test('what is no duration spoils nothing', async () => {
  const histogram = new Histogram([1]);
  for (const value of [Number.NaN, -1, Infinity]) histogram.observe(value);
  expect(histogram.snapshot()).toEqual({ edges: [1], counts: [0, 0], sum: 0, count: 0 });
});

tap.test('a snapshot is of its moment: later observations and merges make a new one', async () => {
  const histogram = new Histogram([1]);
  const empty = histogram.snapshot();
  histogram.observe(1);
  const one = histogram.snapshot();
  histogram.observe(2);
  expect([empty.count, one.count, histogram.snapshot().count]).toEqual([0, 1, 2]);
  expect(histogram.snapshot()).toEqual(histogram.snapshot());
  expect(Object.isFrozen(one.counts) && Object.isFrozen(one.edges)).toEqual(true);
});

tap.test(
  'edges rise, are the documented ones, and connections that end at 120 s are told from later ones',
  async () => {
    for (const edges of Object.values(buckets)) {
      expect(edges).toEqual([...edges].sort((a, b) => a - b));
      expect(new Set(edges).size).toEqual(edges.length);
    }
    const manager = new MetricsManager();
    const source = new FakeProxySource('a');
    manager.observe(source);
    for (const duration of [119_999, 120_000, 120_001]) source.close(source.open('a'), { duration });
    const histogram = manager.snapshot().proxy?.routes[0]?.connectionDuration;
    const at120 = histogram?.edges.indexOf(120) ?? -1;
    expect(histogram?.edges).toEqual(buckets.CONNECTION_DURATION_EDGES);
    expect(histogram?.counts[at120]).toEqual(2);
    expect(histogram?.counts[at120 + 1]).toEqual(1);
  },
);

tap.test('a histogram is made at the first observation, in base units', async () => {
  const manager = new MetricsManager();
  const [proxy, dns] = [new FakeProxySource('a'), new FakeDnsSource()];
  manager.observe(proxy);
  manager.observe(dns);
  const before = manager.snapshot();
  expect(before.proxy?.routes[0]?.connectionDuration).toEqual(null);
  expect(before.dns?.duration).toEqual([]);
  const id = proxy.open('a');
  proxy.startRequest(id, 'a');
  proxy.endRequest(id, 'a', 200, 'GET', 250);
  dns.answer(dns.ask('x', { source: 'udp', size: 33 }), { responseTime: 0.25, size: 65 });
  dns.answer(dns.ask('y'), { responseTime: null });
  const after = manager.snapshot();
  const requests = after.proxy?.routes[0]?.requests?.duration;
  expect(requests?.sum).toEqual(0.25);
  expect(requests?.counts[requests.edges.indexOf(0.25)]).toEqual(1);
  expect(after.dns?.duration.map(({ transport, histogram }) => [transport, histogram.sum])).toEqual([['udp', 0.00025]]);
  expect(after.dns?.requestSize.map(({ histogram }) => histogram.sum)).toEqual([33]);
  expect(after.dns?.responseSize.map(({ histogram }) => histogram.counts.indexOf(1))).toEqual([1]);
});

export default tap.start({ throwOnError: true });
