import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, tap } from '@push.rocks/tapbundle';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { FakeClock, FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const DISTINCT = 1_000_000;
const ALLOWED = 20 * 1024 * 1024;

function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

tap.test('1,000,000 distinct clients, names and hosts leave the heap within 20 MB of where it was', async () => {
  const clock = new FakeClock();
  const [proxy, dns] = [new FakeProxySource('a'), new FakeDnsSource()];
  const before = heap();
  const manager = new MetricsManager({ clock });
  manager.observe(proxy);
  manager.observe(dns);
  for (let n = 0; n < DISTINCT; n++) {
    const clientIp = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
    // 5,000 route names among them, each 100 times; "a" and 999 of them find a place.
    const id = proxy.open(n % 2 === 0 ? 'a' : `route-${n % 10_000}`, { clientIp, domain: `host-${n}.test` });
    proxy.traffic(id, 1, 1);
    proxy.startRequest(id, 'a', `METHOD-${n}`);
    proxy.endRequest(id, 'a', 100 + (n % 1000), `METHOD-${n}`);
    proxy.close(id);
    dns.answer(dns.ask(`name-${n}.test`, { clientIp, type: `TYPE${n}`, source: 'udp' }), {
      responseCode: `RCODE${n}`,
    });
    clock.advance(1);
  }
  const grown = heap() - before;
  assert.ok(grown < ALLOWED, `the heap grew by ${(grown / 1024 / 1024).toFixed(1)} MB`);
  console.log(`# the heap grew by ${(grown / 1024 / 1024).toFixed(2)} MB`);

  const { proxy: total, dns: names, self } = manager.snapshot();
  expect([total?.opened, total?.closed, total?.active]).toEqual([DISTINCT, DISTINCT, 0]);
  expect([names?.queries, names?.responses]).toEqual([DISTINCT, DISTINCT]);
  for (const invariant of self.invariants) assert.ok(invariant.ok, invariant.detail ?? '');
  // Every overflow tells of itself.
  expect(self.overflow.find(({ limit }) => limit === 'routes')?.count).toEqual((5000 - 999) * 100);
  for (const list of [total?.topClientsByConnections, total?.topClientsByBytes, names?.topClients, names?.topDomains]) {
    assert.ok((list?.maxError ?? 0) > 0);
    expect(list?.capacity).toEqual(2048);
  }
  assert.ok((names?.queriesByType.length ?? 99) < 10);
});

export default tap.start({ throwOnError: true });
