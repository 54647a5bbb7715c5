import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { seeded } from '../../bench/harness/random.js';
import { MetricsManager } from '../../ts/index.js';
import { FakeClock, FakeDnsSource } from '../helpers/fakesource.js';

const SOURCES = ['udp', 'tcp', 'https', 'unknown'] as const;
const TYPES = ['A', 'AAAA', 'TYPE65534', ''];
const CODES = ['NOERROR', 'NXDOMAIN', 'RCODE12', undefined];
const CLIENTS = ['192.0.2.1', '198.51.100.7', '2001:db8::1', undefined];

tap.test('each query counts for its own transport, type, code and client, in whatever order they come', async () => {
  for (let seed = 0; seed < 6; seed++) {
    const random = seeded(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const manager = new MetricsManager({ clock: new FakeClock() });
    const dns = new FakeDnsSource();
    manager.observe(dns);
    const counts = new Map<string, number>();
    const count = (...key: string[]): void => void counts.set(key.join(' '), (counts.get(key.join(' ')) ?? 0) + 1);
    for (let queryId = 1; queryId <= 400; queryId++) {
      const [source, type, responseCode, clientIp] = [pick(SOURCES), pick(TYPES), pick(CODES), pick(CLIENTS)];
      // The same again and again, and one another time.
      for (let again = pick([0, 0, 1, 5]); again >= 0; again--, queryId++) {
        const common = { queryId, source, type, domain: 'a.test' };
        dns.emit('query-received', { ...common, clientIp, timestamp: 0 });
        const rest = { result: null, cached: false, responseTime: 1, answered: true };
        dns.emit('query-answered', { ...common, ...rest, responseCode });
        count('type', source, type.startsWith('A') ? type : 'OTHER');
        count('code', source, responseCode === undefined ? 'unknown' : responseCode.replace(/^RCODE.*/, 'OTHER'));
        if (clientIp !== undefined) count('client', clientIp);
      }
      if (random() < 0.1) manager.snapshot();
    }
    const { queriesByType, responsesByCode, topClients } = manager.snapshot().dns ?? assert.fail('nothing was seen');
    const found = [
      ...queriesByType.map(({ transport, type, count }) => [`type ${transport} ${type}`, count] as const),
      ...responsesByCode.map(({ transport, code, count }) => [`code ${transport} ${code}`, count] as const),
      ...(topClients?.entries ?? []).map(({ key, count }) => [`client ${key}`, count] as const),
    ];
    assert.deepEqual(new Map(found.toSorted()), new Map([...counts].toSorted()), `seed ${seed}`);
  }
});

export default tap.start({ throwOnError: true });
