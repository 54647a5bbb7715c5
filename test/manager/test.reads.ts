import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { expect, tap } from '@push.rocks/tapbundle';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { VERSION } from '../../ts/shared/version.js';
import { FakeClock, FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';
import type { TPrivacy } from '../../ts/interfaces/options.js';
import { until } from '../helpers/wait.js';

/** A manager that has something to tell in every field. */
function busy(privacy: TPrivacy = 'full') {
  const clock = new FakeClock();
  const manager = new MetricsManager({ clock, privacy, instance: 'test' });
  const [proxy, dns] = [new FakeProxySource('a', 'b'), new FakeDnsSource()];
  manager.observe(proxy);
  manager.observe(dns);
  proxy.reading.forwarded = {
    routes: [{ name: 'f', active: 1, total: 1, bytesInPerSecond: 1, bytesOutPerSecond: 1 }],
    staleSeconds: 0,
  };
  proxy.reading.host = {
    backendConnectErrors: new Map(),
    backendRetries: new Map(),
    tlsHandshakeErrors: 0,
    certificates: [{ domain: 'x', expiresAt: 1 }],
  };
  for (const clientIp of ['198.51.100.77', '2001:db8:aaaa:bbbb::1']) {
    const id = proxy.open('a', { clientIp });
    proxy.traffic(id, 1, 2);
    proxy.upgrade(id);
    proxy.startRequest(id, 'a');
    proxy.endRequest(id, 'a');
    proxy.close(id, { duration: 10 });
    proxy.open('a', { clientIp });
    dns.answer(dns.ask('name.test', { clientIp, source: 'udp', size: 30 }), {
      result: 'hit',
      clientIp,
      size: 90,
      responseCode: 'NOERROR',
    });
  }
  dns.drop(dns.ask('z'));
  dns.emit('packet-rejected', { source: 'udp', reason: 'r' });
  dns.reading.handlers = [{ pattern: '*', calls: 1, errors: 0 }];
  clock.advance(5000);
  return { manager, proxy, dns, clock };
}

tap.test('a snapshot is frozen to its leaves', async () => {
  const { manager } = busy();
  let objects = 0;
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    objects++;
    assert.ok(Object.isFrozen(value), `${path} is not frozen`);
    assert.ok([Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value) as object), `${path} is plain`);
    for (const [key, child] of Object.entries(value)) visit(child, `${path}.${key}`);
  };
  const snapshot = manager.snapshot();
  visit(snapshot, 'snapshot');
  assert.ok(objects > 60, `${objects} objects`);
  assert.throws(() => {
    (snapshot.proxy?.routes as unknown[]).sort();
  }, TypeError);
  assert.throws(() => {
    (snapshot as { schemaVersion: number }).schemaVersion = 2;
  }, TypeError);
  assert.deepEqual(JSON.parse(JSON.stringify(snapshot)), snapshot);
});

tap.test('reading changes nothing: two reads are equal, and a snapshot is of its moment', async () => {
  const { manager, proxy, clock } = busy();
  const first = manager.snapshot();
  const copy = structuredClone(first);
  const again = manager.snapshot();
  assert.deepEqual({ ...again, process: null }, { ...first, process: null });
  manager.getStats();
  const id = proxy.open('b');
  proxy.traffic(id, 100, 100);
  clock.advance(60_000);
  assert.notDeepEqual(manager.snapshot().proxy, first.proxy);
  assert.deepEqual(first, copy);
});

tap.test('privacy reaches every reader: full, a prefix, nothing', async () => {
  const text = (privacy: TPrivacy): [string, ReturnType<typeof busy>['manager']] => {
    const { manager } = busy(privacy);
    return [JSON.stringify([manager.snapshot(), manager.getStats()]), manager];
  };
  const [full] = text('full');
  assert.ok(full.includes('198.51.100.77') && full.includes('2001:db8:aaaa:bbbb::1'));
  const [masked, masking] = text('mask');
  assert.ok(!masked.includes('198.51.100.77') && !masked.includes('bbbb'));
  for (const list of [
    masking.snapshot().proxy?.topClientsByConnections,
    masking.snapshot().proxy?.topClientsByBytes,
    masking.snapshot().dns?.topClients,
  ]) {
    assert.deepEqual(list?.entries.map(({ key }) => key).sort(), ['198.51.100.0/24', '2001:db8:aaaa::/48']);
  }
  const [none, hiding] = text('none');
  assert.ok(!none.includes('198.51.100') && !none.includes('2001:db8'));
  const { proxy, dns } = hiding.snapshot();
  expect([proxy?.topClientsByConnections, proxy?.topClientsByBytes, dns?.topClients]).toEqual([null, null, null]);
  expect([proxy?.opened, proxy?.bytesIn, dns?.queries]).toEqual([4, 2, 3]); // counted all the same
});

tap.test('header: version of the package, instance, times', async () => {
  const { manager, clock } = busy();
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(VERSION).toEqual(version);
  const snapshot = manager.snapshot();
  expect([snapshot.version, snapshot.instance, snapshot.uptimeSeconds]).toEqual([version, 'test', 5]);
  expect([snapshot.takenAt, snapshot.startedAt]).toEqual([clock.wall(), clock.wall() - 5000]);
  assert.match(new MetricsManager().snapshot().instance, /.:\d+$/);
});

tap.test('getStats() is the snapshot under its readers’ names', async () => {
  const stats = busy().manager.getStats();
  expect([stats.schemaVersion, stats.proxy?.bytesIn, stats.dns?.totalQueries]).toEqual([1, 2, 3]);
  expect(stats.self.invariants.every(({ ok }) => ok)).toEqual(true);
});

tap.test('process figures of Node: CPU only over at least a second', async () => {
  const clock = new FakeClock();
  const manager = new MetricsManager({ clock });
  const read = () => manager.snapshot().process;
  expect(read().cpuPercentage).toEqual(null);
  clock.advance(999);
  expect(read().cpuPercentage).toEqual(null);
  clock.advance(1);
  const process = read();
  assert.ok(process.cpuPercentage !== null && process.cpuPercentage >= 0);
  clock.advance(10);
  expect(read().cpuPercentage).toEqual(process.cpuPercentage);
  expect(process.source).toEqual('node');
  assert.ok((process.memoryUsageBytes ?? 0) > (process.heapUsedBytes ?? Infinity));
  assert.ok((process.memoryPercentage ?? 0) > 0 && (process.memoryPercentage ?? 100) < 100);
});

tap.test(
  'process figures of a SmartMetrics object: null until the first answer, one question at a time, fenced',
  async () => {
    const calls: { resolve: (value: object) => void; reject: (error: Error) => void }[] = [];
    const smartMetrics = {
      getMetrics: () => new Promise<object>((resolve, reject) => calls.push({ resolve, reject })),
    };
    const manager = new MetricsManager({ smartMetrics });
    const read = () => manager.snapshot().process;
    await manager.start();
    await manager.stop();
    await manager.start();
    expect(calls.length).toEqual(1); // the first is not answered yet
    const { uptimeSeconds, ...unanswered } = read();
    assert.ok(uptimeSeconds > 0);
    assert.deepEqual(unanswered, {
      source: 'smartmetrics',
      cpuPercentage: null,
      memoryPercentage: null,
      memoryUsageBytes: null,
      heapUsedBytes: null,
    });
    calls[0]?.resolve({ cpuPercentage: 12.5, memoryUsageBytes: 4096, memoryPercentage: 'much' });
    await until(() => read().cpuPercentage !== null, 'an answer');
    expect([read().cpuPercentage, read().memoryUsageBytes, read().memoryPercentage]).toEqual([12.5, 4096, null]);
    await manager.stop();
    await manager.start();
    expect(calls.length).toEqual(2);
    calls[1]?.reject(new Error('broken'));
    await manager.stop();
    expect(read().cpuPercentage).toEqual(12.5); // the last answer stands
  },
);

tap.test('a figure of a SmartMetrics object that cannot be true is none', async () => {
  const manager = new MetricsManager({
    smartMetrics: {
      getMetrics: async () => ({ cpuPercentage: -1, memoryPercentage: Number.NaN, memoryUsageBytes: 1 }),
    },
  });
  await manager.start();
  const read = () => manager.snapshot().process;
  await until(() => read().memoryUsageBytes !== null, 'an answer');
  expect([read().cpuPercentage, read().memoryPercentage]).toEqual([null, null]);
  await manager.stop();
});

tap.test('a SmartMetrics object that throws at once is fenced too', async () => {
  const manager = new MetricsManager({
    smartMetrics: {
      getMetrics: () => {
        throw new Error('broken');
      },
    },
  });
  await manager.start();
  expect(manager.snapshot().process.cpuPercentage).toEqual(null);
  await manager.stop();
});

tap.test('a read does not walk what is open: as fast with 20,000 connections as with none', async () => {
  const manager = new MetricsManager();
  const source = new FakeProxySource('a');
  manager.observe(source);
  const best = (): number => {
    let fastest = Infinity;
    for (let round = 0; round < 200; round++) {
      const start = performance.now();
      manager.snapshot();
      fastest = Math.min(fastest, performance.now() - start);
    }
    return fastest;
  };
  const few = best();
  for (let n = 0; n < 20_000; n++) source.open('a', { clientIp: null });
  const many = best();
  assert.ok(many < few * 3 + 0.1, `${few} ms, then ${many} ms`);
});

export default tap.start({ throwOnError: true });
