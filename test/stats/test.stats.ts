import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { durationOf, mergedHistogram, quantileOf } from '../../ts/stats/duration.js';
import { statsOf } from '../../ts/stats/index.js';
import { DNS, histogram, PROXY, route, SNAPSHOT, sourceOf } from './fixture.js';

tap.test('quantiles interpolate within their bucket and never leave the last edge', async () => {
  const cases: [string, number[], number[], number, number | null][] = [
    ['the middle of the first bucket, from 0', [10, 20], [4, 0, 0], 0.5, 5],
    ['the whole of the first bucket', [10, 20], [4, 0, 0], 1, 10],
    ['an edge between two buckets', [10, 20], [2, 2, 0], 0.5, 10],
    ['three quarters: half of the second bucket', [10, 20], [2, 2, 0], 0.75, 15],
    ['empty buckets in between are skipped', [10, 20, 30], [1, 0, 1, 0], 0.75, 25],
    ['a first bucket without observations', [10, 20], [0, 4, 0], 0.5, 15],
    ['the lowest quantile starts where observations start', [10, 20], [0, 4, 0], 0, 10],
    ['above the last edge', [10, 20], [1, 1, 8], 0.5, 20],
    ['all above the last edge', [10], [0, 3], 0.1, 10],
    ['nothing observed', [10, 20], [0, 0, 0], 0.5, null],
    ['no edges', [], [3], 0.5, null],
  ];
  for (const [what, edges, counts, q, expected] of cases) {
    assert.equal(quantileOf(histogram(edges, counts, 0), q), expected, what);
  }
});

tap.test('a duration has count, mean and quantiles, and is null where nothing was observed', async () => {
  const seconds = histogram([1, 5, 15], [2, 4, 0, 2], 48);
  assert.deepEqual(durationOf(seconds), { count: 8, mean: 6, p50: 3, p90: 15, p99: 15, histogram: seconds });
  assert.equal(durationOf(null), null);
  assert.equal(durationOf(histogram([1], [0, 0], 0)), null);
});

tap.test('histograms are added up bucket by bucket, and not at all where edges differ', async () => {
  const sum = mergedHistogram([histogram([1, 2], [1, 2, 3], 10), histogram([1, 2], [4, 5, 6], 20)]);
  assert.deepEqual(sum, { edges: [1, 2], counts: [5, 7, 9], sum: 30, count: 21 });
  assert.equal(mergedHistogram([]), null);
  assert.equal(mergedHistogram([histogram([1, 2], [1, 0, 0], 1), histogram([1, 3], [1, 0, 0], 1)]), null);
  assert.equal(mergedHistogram([histogram([1], [1, 0], 1), histogram([1, 3], [1, 0, 0], 1)]), null);
});

tap.test('the proxy section carries the figures under the names that readers use', async () => {
  const stats = statsOf(sourceOf(SNAPSHOT).snapshot());
  const { proxy } = stats;
  assert.ok(proxy);
  // 3 and 10 of the wrapped routes, 4 and 40 of the forwarded one.
  assert.equal(proxy.activeConnections, 7);
  assert.equal(proxy.totalConnections, 50);
  assert.equal(proxy.closedConnections, 7);
  assert.equal(proxy.pendingConnections, 1);
  assert.deepEqual([proxy.bytesIn, proxy.bytesOut], [1_000, 2_000]);
  assert.deepEqual(proxy.topClientsByConnections, [{ client: '127.0.0.1', count: 10, maxError: 0 }]);
  assert.equal(proxy.topClientsByBytes, null);
  const [web] = proxy.routes;
  assert.ok(web);
  assert.deepEqual(web.upgradedActive, { websocket: 2 });
  assert.equal(web.requests?.duration?.count, 3);
  assert.equal(web.connectionDuration?.mean, 40 / 7);
  assert.deepEqual(web.closedByReason, { 'client-end': 6, 'idle-timeout': 1 });
});

tap.test('a route is never hit only where its total is known to be 0', async () => {
  const routes = statsOf(SNAPSHOT).proxy?.routes ?? [];
  const never = Object.fromEntries(routes.map((one) => [one.name, one.neverHit]));
  assert.deepEqual(never, { web: false, idle: true, forwarded: false, silent: false });
});

tap.test('the dns section sums over transports', async () => {
  const dns = statsOf(SNAPSHOT).dns;
  assert.ok(dns);
  assert.deepEqual(dns.queryTypes, { A: 6, AAAA: 3 });
  assert.deepEqual(dns.transports, { udp: 7, tcp: 2 });
  assert.deepEqual(dns.dropped, { overload: 1 });
  assert.deepEqual(dns.rejected, {});
  assert.equal(dns.duration?.count, 7);
  assert.deepEqual(dns.duration?.histogram.counts, [4, 2, 1]);
  assert.deepEqual(dns.topDomains[1], { domain: 'b.example.test', count: 3, maxError: 1 });
  assert.deepEqual(dns.topDomainsByUnanswered, [{ domain: 'missing.example.test', count: 1, maxError: 0 }]);
  assert.deepEqual(dns.topDomainsByTime, [{ domain: 'b.example.test', count: 38.5, maxError: 0 }]);
  assert.deepEqual(dns.topDomainsByCode, { SERVFAIL: [{ domain: 'a.example.test', count: 2, maxError: 1 }] });
});

tap.test('response codes are null where the host tells none, and sum up to the responses where it does', async () => {
  const codesOf = (responsesByCode: typeof DNS.responsesByCode) =>
    statsOf({ ...SNAPSHOT, dns: { ...DNS, responsesByCode } }).dns?.responseCodes;
  assert.equal(codesOf([{ transport: 'unknown', code: 'unknown', count: 5 }]), null);
  assert.equal(codesOf([]), null);
  assert.deepEqual(codesOf(DNS.responsesByCode), { NOERROR: 6, unknown: 1 });
});

tap.test('what was not measured stays null', async () => {
  const empty = statsOf({ ...SNAPSHOT, proxy: null, dns: null });
  assert.equal(empty.proxy, null);
  assert.equal(empty.dns, null);
  const [bare] = statsOf({ ...SNAPSHOT, proxy: { ...PROXY, routes: [route('bare')] } }).proxy?.routes ?? [];
  assert.ok(bare);
  const measured = Object.entries(bare)
    .filter(([, value]) => value !== null)
    .map(([key]) => key);
  assert.deepEqual(measured, ['name', 'source', 'configured', 'upgradedActive', 'neverHit', 'rates']);
  assert.equal(statsOf({ ...SNAPSHOT, dns: { ...DNS, duration: [], cache: null } }).dns?.duration, null);
});

tap.test('hostile names are keys like any other', async () => {
  const dropped = [
    { reason: '__proto__', count: 1 },
    { reason: 'constructor', count: 2 },
  ];
  const stats = statsOf({ ...SNAPSHOT, dns: { ...DNS, dropped } });
  assert.equal(JSON.stringify(stats.dns?.dropped), '{"__proto__":1,"constructor":2}');
  assert.equal(Object.getPrototypeOf(stats.dns?.dropped), Object.prototype);
});

tap.test('statsOf is pure and gives plain JSON', async () => {
  const source = sourceOf(SNAPSHOT);
  const before = JSON.stringify(source.snapshot());
  const stats = statsOf(source.snapshot());
  assert.deepEqual(JSON.parse(JSON.stringify(stats)), stats);
  assert.equal(JSON.stringify(source.snapshot()), before);
});

export default tap.start({ throwOnError: true });
