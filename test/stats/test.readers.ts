import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import type { RoutemeterError } from '../../ts/shared/errors.js';
import { dnsStats, proxyStats } from '../../ts/stats/index.js';
import { DNS, PROXY, SNAPSHOT, sourceOf } from './fixture.js';

const source = sourceOf(SNAPSHOT);

tap.test('proxyStats counts wrapped and forwarded routes', async () => {
  const stats = proxyStats(source);
  assert.equal(stats.getActiveConnections(), 7);
  assert.equal(stats.getTotalConnections(), 50);
  assert.equal(stats.getRequestsPerSecond(), 0.5);
  assert.deepEqual(stats.getThroughput(), { bytesIn: 105, bytesOut: 207 });
});

tap.test('getConnectionsByRoute leaves out what is not measured and adds up to the active connections', async () => {
  const stats = proxyStats(source);
  const byRoute = stats.getConnectionsByRoute();
  assert.deepEqual(
    [...byRoute],
    [
      ['web', 3],
      ['idle', 0],
      ['forwarded', 4],
    ],
  );
  assert.equal(
    [...byRoute.values()].reduce((sum, count) => sum + count, 0),
    stats.getActiveConnections(),
  );
});

tap.test('the map belongs to the caller: changing it changes nothing', async () => {
  const stats = proxyStats(source);
  const mine = stats.getConnectionsByRoute();
  mine.set('web', 1_000);
  mine.delete('idle');
  mine.set('invented', 5);
  const again = stats.getConnectionsByRoute();
  assert.notEqual(again, mine);
  assert.deepEqual([...again.keys()], ['web', 'idle', 'forwarded']);
  assert.equal(again.get('web'), 3);
  assert.equal(stats.getActiveConnections(), 7);
});

tap.test('each call reads the source anew', async () => {
  let active = 1;
  const stats = proxyStats({ snapshot: () => ({ ...SNAPSHOT, proxy: { ...PROXY, active, routes: [] } }) });
  assert.equal(stats.getActiveConnections(), 1);
  active = 2;
  assert.equal(stats.getActiveConnections(), 2);
});

tap.test('dnsStats tells totals, types and the cache', async () => {
  const stats = dnsStats(source);
  assert.equal(stats.getTotalQueries(), 9);
  assert.equal(stats.getQueriesPerSecond(), 0.9);
  assert.deepEqual(stats.getQueryTypeBreakdown(), { A: 6, AAAA: 3 });
  const cache = stats.getCacheStats();
  assert.deepEqual(cache, { hits: 6, misses: 3, hitRate: 6 / 9 });
  assert.equal(cache?.hitRate, cache.hits / (cache.hits + cache.misses));
});

tap.test('there are no cache figures without a cache, nor before it was asked', async () => {
  const cacheOf = (cache: typeof DNS.cache) =>
    dnsStats(sourceOf({ ...SNAPSHOT, dns: { ...DNS, cache } })).getCacheStats();
  assert.equal(cacheOf(null), null);
  const unasked = { hits: 0, coalesced: 0, misses: 0, bypass: 0, hitRate: null, entries: 0, bytes: 0, evictions: 0 };
  assert.equal(cacheOf(unasked), null);
});

tap.test('getTopDomains takes a whole number from 1', async () => {
  const stats = dnsStats(source);
  assert.deepEqual(stats.getTopDomains(1), [{ domain: 'a.example.test', count: 6 }]);
  assert.equal(stats.getTopDomains(100).length, 2);
  for (const limit of [0, -1, 1.5, NaN, Infinity, '3', null, undefined]) {
    assert.throws(
      () => stats.getTopDomains(limit as number),
      (error: RoutemeterError) => error.code === 'ERR_OPTION_INVALID' && error.message.includes('limit'),
      String(limit),
    );
  }
});

tap.test('without a proxy or DNS server, counts are 0 and lists empty', async () => {
  const nothing = sourceOf({ ...SNAPSHOT, proxy: null, dns: null });
  const [proxy, dns] = [proxyStats(nothing), dnsStats(nothing)];
  assert.equal(proxy.getActiveConnections() + proxy.getTotalConnections() + proxy.getRequestsPerSecond(), 0);
  assert.deepEqual(proxy.getThroughput(), { bytesIn: 0, bytesOut: 0 });
  assert.equal(proxy.getConnectionsByRoute().size, 0);
  assert.equal(dns.getTotalQueries() + dns.getQueriesPerSecond(), 0);
  assert.deepEqual(dns.getTopDomains(5), []);
  assert.deepEqual(dns.getQueryTypeBreakdown(), {});
  assert.equal(dns.getCacheStats(), null);
});

tap.test('reads are pure', async () => {
  const before = JSON.stringify(source.snapshot());
  const [proxy, dns] = [proxyStats(source), dnsStats(source)];
  proxy.getConnectionsByRoute().clear();
  proxy.getThroughput().bytesIn = 5;
  dns.getTopDomains(2).reverse().pop();
  dns.getQueryTypeBreakdown().A = 0;
  assert.equal(JSON.stringify(source.snapshot()), before);
  assert.deepEqual(dns.getQueryTypeBreakdown(), { A: 6, AAAA: 3 });
});

tap.test('what is no source is refused when the reader is made', async () => {
  for (const reader of [proxyStats, dnsStats]) {
    assert.throws(
      () => reader(undefined as never),
      (error: RoutemeterError) => error.code === 'ERR_OPTION_INVALID' && error.message.includes('source.snapshot'),
    );
  }
});

export default tap.start({ throwOnError: true });
