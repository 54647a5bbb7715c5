import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { tap } from '@push.rocks/tapbundle';
import type { IRouterStats } from '../../ts/interfaces/stats.js';
import { makeCertificate } from '../helpers/certificate.js';
import { Cli, ConfigFolder } from '../helpers/cli.js';
import { dig, message } from '../helpers/smartdns.js';
import { until } from '../helpers/wait.js';
import { withoutSmartDns } from '../helpers/withoutsmartdns.js';

const folder = new ConfigFolder();
const ZONE = 'example.test';

const RECORDS: readonly (readonly [type: string, data: unknown, shown: string])[] = [
  ['A', '192.0.2.10', '192.0.2.10'],
  ['AAAA', '2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['TXT', ['v=spf1', 'two parts'], '"v=spf1" "two parts"'],
  ['MX', { preference: 10, exchange: 'mail.example.test.' }, '10 mail.example.test.'],
  ['SRV', { priority: 1, weight: 2, port: 443, target: 'www.example.test' }, '1 2 443 www.example.test.'],
  ['NS', 'ns1.example.test', 'ns1.example.test.'],
  ['PTR', 'www.example.test', 'www.example.test.'],
  ['SOA', { mname: 'ns1.example.test', rname: 'root.example.test', serial: 4294967295, refresh: 2, retry: 3, expire: 4, minimum: 5 }, 'ns1.example.test. root.example.test. 4294967295 2 3 4 5'],
]; // prettier-ignore

const config = (records: readonly object[], port = 0, more: object = {}): object => ({
  proxy: { routes: [] },
  dns: { port, zone: ZONE, records, ...more },
  ops: { port: 0 },
});
const all = RECORDS.map(([type, data], index) => ({ name: `r${index}.${ZONE}`, type, ttl: 60, data }));

const dnsStats = async (url: string): Promise<IRouterStats['dns']> =>
  ((await (await fetch(`${url}/api/stats`)).json()) as IRouterStats).dns;

tap.test('every type of record is served by SmartDNS as it was written, counted, and changed by SIGHUP', async () => {
  const file = folder.write('dns.json', config(all));
  const cli = new Cli(['start', '--json', '--config', file]);
  const { dns, ops } = await cli.ready();
  const port = dns?.port ?? 0;
  assert.deepEqual(dns, { host: '127.0.0.1', port, transports: ['udp', 'tcp'], https: null, zone: ZONE, records: RECORDS.length, example: `r0.${ZONE}` }); // prettier-ignore
  for (const [index, [type, , shown]] of RECORDS.entries()) {
    assert.equal(await dig(port, `r${index}.${ZONE}`, type), `NOERROR\nr${index}.${ZONE}. 60 IN ${type} ${shown}`.replace(/(SOA \S+ \S+) \d+/, '$1 SERIAL')); // prettier-ignore
  }
  await dig(port, `none.${ZONE}`, 'A');
  const stats = await dnsStats(ops.url);
  assert.equal(stats?.totalQueries, RECORDS.length + 1);
  assert.equal(stats?.unanswered, 1);
  assert.deepEqual(stats?.transports, { udp: RECORDS.length + 1 });
  assert.deepEqual(stats?.responseCodes, { NOERROR: RECORDS.length + 1 });
  assert.match(await dig(port, '+tcp', `r0.${ZONE}`, 'A'), /192\.0\.2\.10$/);

  folder.write('dns.json', config([{ name: `new.${ZONE}`, type: 'A', data: '192.0.2.99' }]));
  cli.kill('SIGHUP');
  await cli.told('1 DNS records');
  assert.match(await dig(port, `new.${ZONE}`, 'A'), /192\.0\.2\.99$/);
  assert.doesNotMatch(await dig(port, `r0.${ZONE}`, 'A'), /192\.0\.2\.10$/);
  assert.doesNotMatch(cli.stderr, /not changed/);
  assert.equal(await cli.stop(), 0);
  // What SmartDNS prints is nobody's business while all is well.
  assert.equal(cli.stdout.trimEnd().split('\n').length, 1);
  assert.equal(cli.lines.length, 1);
});

tap.test('the end of SmartDNS is told, the rest runs on, and it still stops cleanly', async () => {
  const cli = new Cli(['start', '--json', '--config', folder.write('dies.json', config(all))]);
  const { ops } = await cli.ready();
  const { pid = 0 } = cli.child;
  const children = readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' '))
    .filter((child) => child !== '' && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('rustdns'));
  assert.equal(children.length, 1);
  process.kill(Number(children[0]), 'SIGKILL');
  await cli.told('SmartDNS has ended by itself: no DNS until routemeter is started again');
  assert.equal((await fetch(`${ops.url}/healthz`)).status, 200);
  assert.equal(await cli.stop(), 0);
  assert.equal(cli.lines.length, 1, cli.stderr);
});

tap.test('Ctrl-C reaches SmartDNS as well: under load it still ends quietly, exit 0', async () => {
  const file = folder.write('group.json', config(all));
  for (let round = 0; round < 3; round++) {
    const cli = new Cli(['start', '--json', '--config', file], [], true);
    const { dns } = await cli.ready();
    const client = createSocket('udp4');
    let answers = 0;
    client.on('message', () => answers++);
    const flood = setInterval(() => {
      for (let count = 0; count < 50; count++)
        client.send(message(count, [[`r0.${ZONE}`, 1]]), dns?.port ?? 0, '127.0.0.1');
    }, 2);
    await until(() => answers > 200, 'answers');
    cli.interruptGroup();
    assert.equal(await cli.ended, 0);
    assert.deepEqual(cli.lines, []);
    clearInterval(flood);
    client.close();
  }
});

tap.test('a busy DNS port is one line and exit 1', async () => {
  const busy = createSocket('udp4');
  busy.bind(0, '127.0.0.1');
  await once(busy, 'listening');
  const { port } = busy.address();
  const cli = new Cli(['start', '--config', folder.write('busy.json', config(all, port))]);
  assert.equal(await cli.ended, 1);
  assert.deepEqual(cli.lines, [`routemeter: DNS cannot listen on 127.0.0.1:${port}: the port is in use`]);
  busy.close();
});

tap.test('a busy TCP port of DNS is as well, and SmartDNS does not stay', async () => {
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  const { port } = busy.address() as AddressInfo;
  const cli = new Cli(['start', '--config', folder.write('busy.json', config(all, port))]);
  assert.equal(await cli.ended, 1);
  assert.deepEqual(cli.lines, [`routemeter: DNS cannot listen on 127.0.0.1:${port}: the port is in use`]);
  busy.close();
});

tap.test('`front: false`: SmartDNS itself, over UDP alone, and nothing is known of the clients', async () => {
  const cli = new Cli(['start', '--json', '--config', folder.write('bare.json', config(all, 0, { front: false }))]);
  const { dns, ops } = await cli.ready();
  assert.deepEqual([dns?.transports, dns?.https], [['udp'], null]);
  assert.match(await dig(dns?.port ?? 0, `r0.${ZONE}`, 'A'), /192\.0\.2\.10$/);
  const stats = await dnsStats(ops.url);
  assert.deepEqual([stats?.transports, stats?.responseCodes, stats?.cache], [{ unknown: 1 }, null, null]);
  assert.equal(await cli.stop(), 0);
});

tap.test('IPv6, a cache that SIGHUP empties, and DNS over HTTPS', async () => {
  const { key, cert } = makeCertificate('localhost', ['localhost', '::1']);
  folder.write('key.pem', key);
  folder.write('cert.pem', cert);
  const more = {
    host: '::1',
    front: { cache: { maxEntries: 100 }, doh: { port: 0, keyFile: 'key.pem', certFile: 'cert.pem' } },
  };
  const file = folder.write('six.json', config(all, 0, more));
  const cli = new Cli(['start', '--json', '--config', file]);
  const { dns, ops } = await cli.ready();
  const https = new URL(dns?.https ?? '');
  assert.deepEqual([https.protocol, https.hostname, https.pathname], ['https:', '[::1]', '/dns-query']);
  const kdig = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('kdig', ['@::1', '+retry=0', '+short', ...args])).stdout.trim();
  const [plain, doh] = [
    ['-p', String(dns?.port)],
    ['-p', https.port, '+https'],
  ];
  for (const how of [plain, plain, [...plain, '+tcp'], doh])
    assert.equal(await kdig(...how, `r0.${ZONE}`), '192.0.2.10');
  const stats = await dnsStats(ops.url);
  assert.deepEqual(stats?.transports, { udp: 2, tcp: 1, https: 1 });
  assert.deepEqual(stats?.topClients?.map(({ client }) => client), ['::1']); // prettier-ignore
  assert.deepEqual([stats?.cache?.hits, stats?.cache?.misses], [2, 2], 'with and without EDNS');
  folder.write('six.json', config([{ name: `r0.${ZONE}`, type: 'A', data: '192.0.2.99' }], 0, more));
  cli.kill('SIGHUP');
  await cli.told('1 DNS records');
  assert.equal(await kdig(...plain, `r0.${ZONE}`), '192.0.2.99');
  assert.match(await kdig(...plain, `r1.${ZONE}`, 'AAAA'), /hostmaster/, 'it has no answer any more');
  assert.doesNotMatch(cli.stderr, /not changed/);
  assert.equal(await cli.stop(), 0);
});

tap.test('every address of both families', async () => {
  const cli = new Cli(['start', '--json', '--config', folder.write('every.json', config(all, 0, { host: '::' }))]);
  const { dns } = await cli.ready();
  for (const host of ['::1', '127.0.0.1']) {
    for (const how of ['+notcp', '+tcp']) {
      const args = [`@${host}`, '-p', String(dns?.port), '+retry=0', '+short', how, `r0.${ZONE}`];
      assert.equal((await promisify(execFile)('kdig', args)).stdout.trim(), '192.0.2.10', `${host} ${how}`);
    }
  }
  assert.equal(await cli.stop(), 0);
});

tap.test('where DNS was asked for and cannot be served: one line with the remedy, exit 1, at once', async () => {
  const file = folder.write('asked.json', config(all));
  for (const { what, nodeArgs, line } of withoutSmartDns(folder)) {
    const since = performance.now();
    const cli = new Cli(['start', '--config', file], nodeArgs);
    assert.equal(await cli.ended, 1, what);
    assert.equal(cli.lines.length, 1, cli.stderr);
    assert.match(cli.lines[0] ?? '', line);
    assert.ok(performance.now() - since < 8_000, 'SmartDNS itself would take 10 s');
  }
  folder.remove();
});

export default tap.start({ throwOnError: true });
