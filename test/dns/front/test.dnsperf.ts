import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tap } from '@push.rocks/tapbundle';
import { createFrontedDns, type IFrontedDnsOptions, type MetricsAwareDns } from '../../../ts/dns/index.js';
import { MetricsManager } from '../../../ts/index.js';
import { type ITestDns, makeSmartDns } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import { checkIdentities, LOOPBACK } from './support.js';

/** What dnsperf sends, how often each. */
const QUERIES: readonly (readonly [name: string, type: string, count: number])[] = [
  ['www.example.test', 'A', 1_500],
  ['www.example.test', 'AAAA', 700],
  ['mail.example.test', 'MX', 300],
  ['www.elsewhere.test', 'TXT', 400],
  ['MiXed.example.test', 'A', 150],
];
const TOTAL = QUERIES.reduce((sum, [, , count]) => sum + count, 0);
const MODES = ['udp', 'tcp'] as const;

interface IFronted {
  readonly dns: MetricsAwareDns;
  stop(): Promise<void>;
}

/** Counts what SmartDNS reports as lost; it has no other way than the console to tell. */
function lostBySmartDns(): { lost: () => number; giveBack: () => void } {
  const { error } = console;
  let lost = 0;
  console.error = (...values: unknown[]) => {
    if (values.some((value) => String(value).includes('No pending query'))) lost++;
    error(...values);
  };
  return { lost: () => lost, giveBack: () => void (console.error = error) };
}

async function fronted(options: Partial<IFrontedDnsOptions>): Promise<IFronted> {
  const made: ITestDns[] = [];
  // The port is the front's to choose; everything else is as in other tests.
  const prepared = await makeSmartDns();
  const any = [{ host: LOOPBACK, port: 0 }];
  const dns = await createFrontedDns(
    (port) => {
      Object.assign((prepared.server as unknown as { options: object }).options, { udpPort: port });
      made.push(prepared);
      return prepared.server;
    },
    { front: { udp: any, tcp: any }, ...options },
  );
  dns.registerHandler('*.example.test', ['A', 'AAAA'], ({ name, type }) => {
    return { name, type, class: 'IN', ttl: 60, data: type === 'A' ? '192.0.2.1' : '2001:db8::1' };
  });
  assert.equal(made.length, 1);
  const stop = async (): Promise<void> => {
    await dns.stop();
    await prepared.stop();
  };
  return { dns, stop };
}

async function dnsperf(dns: MetricsAwareDns, mode: (typeof MODES)[number]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-front-'));
  try {
    const file = join(folder, 'queries');
    const lines = QUERIES.flatMap(([name, type, count]) => Array<string>(count).fill(`${name} ${type}`));
    const mixed = lines.map((_, index) => lines[(index * 7) % lines.length] ?? '');
    writeFileSync(file, `${mixed.join('\n')}\n`);
    const port = String(dns.addresses[mode][0]?.port);
    const args = ['-s', LOOPBACK, '-p', port, '-m', mode, '-d', file, '-n', '1', '-l', '15', '-c', '4', '-q', '100'];
    const { stdout } = await promisify(execFile)('dnsperf', args);
    assert.match(stdout, new RegExp(`Queries sent: +${TOTAL}\\n`));
    assert.match(stdout, /Queries lost: +0 /);
    assert.match(stdout, new RegExp(`Response codes: +NOERROR ${TOTAL} `));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const [what, cache] of [
  ['without a cache', undefined],
  ['with a cache', {}],
  ['with a cache that coalesces', { coalesce: true }],
] as const) {
  tap.test(`totals equal what dnsperf sent, by type and transport, over UDP and TCP: ${what}`, async () => {
    const { dns, stop } = await fronted({ cache });
    const { lost, giveBack } = lostBySmartDns();
    const manager = new MetricsManager();
    manager.observe(dns);
    let reads = 0;
    const counts = new Map<string, number>();
    const add = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
    dns.on('query-answered', ({ source, type, domain, answered, responseCode }) => {
      add(`${source} ${domain} ${type} ${responseCode ?? ''}`);
      if (answered) add(`${source} ${domain} ${type} answered`);
      // A read between any two events finds books that agree.
      if (++reads % 50 === 0) checkIdentities(manager);
    });
    try {
      for (const mode of MODES) await dnsperf(dns, mode);
      let refused = 0;
      for (const mode of MODES) {
        for (const [name, type, count] of QUERIES) {
          const key = `${mode} ${name.toLowerCase()} ${type}`;
          assert.equal(counts.get(`${key} NOERROR`), count, key);
          const answered = counts.get(`${key} answered`) ?? 0;
          if (type === 'A' || type === 'AAAA') refused += count - answered;
          else assert.equal(answered, 0, key);
        }
      }
      // Under load SmartDNS now and then gives two queries one id, loses one and answers it with its no. Then it says so
      // itself; without its word every name that has an answer got one.
      if (refused > 0) await until(() => lost() > 0, `SmartDNS to say that it lost the ${refused} it refused`);
      const stats = manager.getStats();
      assert.equal(stats.dns?.totalQueries, 2 * TOTAL);
      assert.equal(stats.dns.totalResponses, 2 * TOTAL);
      assert.equal(stats.dns.inFlight, 0);
      assert.deepEqual(stats.dns.rejected, {});
      const results = stats.dns.cache;
      if (cache === undefined) assert.equal(results, null);
      else {
        assert.ok(results);
        assert.equal(results.hits + results.coalesced + results.misses, 2 * TOTAL);
        assert.ok(results.hits > TOTAL, `${results.hits} hits`);
        const calls = dns.readings().handlers[0]?.calls ?? 0;
        assert.ok(calls > 0 && calls <= results.misses, 'what the cache answered no handler saw');
      }
      checkIdentities(manager);
      assert.equal(dns.readings().listenerErrors, 0);
    } finally {
      giveBack();
      await stop();
    }
  });
}

export default tap.start({ throwOnError: true });
