import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { IDnsHandler } from '@push.rocks/smartdns/server';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns } from '../../ts/dns/index.js';
import { makeSmartDns } from '../helpers/smartdns.js';

/** What dnsperf sends, how often each: matched once or twice, not at all, and by a handler that throws. */
const QUERIES: readonly (readonly [name: string, type: string, count: number, answered: boolean])[] = [
  ['www.example.test', 'A', 1_500, true],
  ['www.example.test', 'AAAA', 700, true],
  ['twice.example.test', 'A', 900, true],
  ['mail.example.test', 'MX', 300, false],
  ['www.elsewhere.test', 'TXT', 400, false],
  ['throws.elsewhere.test', 'A', 50, false],
  ['MiXed.example.test', 'SOA', 150, false],
];
const TOTAL = QUERIES.reduce((sum, [, , count]) => sum + count, 0);

/** Sums of `count` by the key of each row. */
function sums(rows: readonly (readonly [key: string, count: number])[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [key, count] of rows) result[key] = (result[key] ?? 0) + count;
  return result;
}

tap.test('totals equal what dnsperf sent, by type, by name and by outcome, exactly', async () => {
  const { server, port, stop } = await makeSmartDns();
  const dns = new MetricsAwareDns({ server });
  const told = { received: 0, errors: 0, ids: new Set<number>(), unbalanced: 0 };
  const answered: { key: string; type: string; answered: boolean; time: number | null }[] = [];
  dns.on('query-received', ({ queryId }) => {
    told.received++;
    told.ids.add(queryId);
    if (dns.activeCount() !== 1) told.unbalanced++;
  });
  dns.on('query-answered', (event) => {
    const key = `${event.domain} ${event.type}`;
    answered.push({ key, type: event.type, answered: event.answered, time: event.responseTime });
    if (dns.activeCount() !== 0) told.unbalanced++;
  });
  dns.on('handler-error', () => void told.errors++);

  const address: IDnsHandler['handler'] = ({ name, type }) => {
    return { name, type, class: 'IN', ttl: 60, data: type === 'A' ? '192.0.2.1' : '2001:db8::1' };
  };
  dns.registerHandler('*.example.test', ['A', 'AAAA'], address);
  dns.registerHandler('twice.*', ['A'], address);
  dns.registerHandler('throws.*', ['A'], () => {
    throw new Error('the handler’s bug');
  });

  const folder = mkdtempSync(join(tmpdir(), 'routemeter-dnsperf-'));
  const { error } = console;
  // SmartDNS prints every error of a handler with its stack.
  console.error = () => undefined;
  try {
    await dns.start();
    const file = join(folder, 'queries');
    const lines = QUERIES.flatMap(([name, type, count]) => Array<string>(count).fill(`${name} ${type}`));
    // Types alternate rather than come in blocks: a step of 7 visits every line once, their number being no multiple.
    const mixed = lines.map((_, index) => lines[(index * 7) % lines.length] ?? '');
    writeFileSync(file, `${mixed.join('\n')}\n`);
    const args = ['-s', '127.0.0.1', '-p', String(port), '-d', file, '-n', '1', '-l', '15', '-c', '4', '-q', '100'];
    const { stdout } = await promisify(execFile)('dnsperf', args);
    assert.match(stdout, new RegExp(`Queries sent: +${TOTAL}\\n`));
    assert.match(stdout, /Queries lost: +0 /);
  } finally {
    console.error = error;
    rmSync(folder, { recursive: true, force: true });
    await dns.stop();
    await stop();
  }

  assert.equal(told.received, TOTAL);
  assert.equal(told.ids.size, TOTAL);
  assert.equal(told.unbalanced, 0);
  assert.deepEqual(
    sums(answered.map(({ type }) => [type, 1] as const)),
    sums(QUERIES.map(([, type, count]) => [type, count] as const)),
  );
  for (const [name, type, count, isAnswered] of QUERIES) {
    const own = answered.filter(({ key }) => key === `${name.toLowerCase()} ${type}`);
    assert.equal(own.length, count, `${name} ${type}`);
    assert.ok(own.every((event) => event.answered === isAnswered));
  }
  assert.equal(told.errors, 50);
  assert.deepEqual(dns.readings().handlers, [
    { pattern: '*.example.test', calls: 3_100, errors: 0 },
    { pattern: 'twice.*', calls: 900, errors: 0 },
    { pattern: 'throws.*', calls: 50, errors: 50 },
  ]);
  // Where a handler ran the time is measured, and it is not one of whole milliseconds.
  const times = answered
    .filter(({ key }) => /^(www|twice|throws)\.\S+ (A|AAAA)$/.test(key))
    .map(({ time }) => time ?? 0);
  assert.equal(times.length, 3_150);
  assert.ok(times.every((time) => time > 0));
  assert.ok(times.filter((time) => time < 1).length > 1_000);
});

export default tap.start({ throwOnError: true });
