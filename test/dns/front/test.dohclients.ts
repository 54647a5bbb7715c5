import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns } from '../../../ts/dns/index.js';
import { EmbeddedProxy } from '../../../ts/embedded/index.js';
import { MetricsManager } from '../../../ts/index.js';
import { MetricsAwareProxy } from '../../../ts/proxy/index.js';
import { makeCertificate } from '../../helpers/certificate.js';
import { DnsRecorder } from '../../helpers/dnsrecorder.js';
import { type ITestDns, makeSmartDns, message } from '../../helpers/smartdns.js';
import { get, http1Client, http2Client, MEDIA_TYPE, PATH, post } from './dohclient.js';
import { checkIdentities, LOOPBACK, opt, questionEnd, withOpt } from './support.js';
import { Tap } from './tap.js';

// The real SmartDNS behind the front, asked over HTTPS by kdig, curl and Node, at the front's own server and through a
// route of an EmbeddedProxy.

const run = promisify(execFile);
const [A, TXT] = [1, 16];
const certificate = makeCertificate('localhost', ['localhost', LOOPBACK]);
const between = new Tap();
const manager = new MetricsManager();
const proxy = new MetricsAwareProxy();
const folder = mkdtempSync(join(tmpdir(), 'routemeter-doh-'));
const queryFile = join(folder, 'query');
const replyFile = join(folder, 'reply');
let smart: ITestDns;
let dns: MetricsAwareDns;
let seen: DnsRecorder;
let embedded: EmbeddedProxy;
/** The front's own server on IPv4 and IPv6, and the proxy's route. */
let ports: { own: number; own6: number; routed: number };

const kdig = async (port: number, ...args: string[]): Promise<string> =>
  (await run('kdig', [`@${LOOPBACK}`, '-p', String(port), '+timeout=30', '+retry=0', ...args])).stdout;

tap.test('the front, the tap and SmartDNS, and a proxy with a route that leads to the front', async () => {
  smart = await makeSmartDns();
  await between.open(smart.port);
  dns = new MetricsAwareDns({
    server: smart.server,
    front: {
      doh: [LOOPBACK, '::1'].map((host) => ({ host, port: 0, ...certificate })),
      upstream: { host: LOOPBACK, port: between.port },
    },
  });
  dns.registerHandler('*.example.test', ['A'], ({ name }) => ({ name, type: 'A', class: 'IN', ttl: 77, data: '192.0.2.1' })); // prettier-ignore
  dns.registerHandler('big.example.test', ['TXT'], ({ name }) => {
    const data = Array.from({ length: 30 }, (_, at) => String(at).repeat(50));
    return { name, type: 'TXT', class: 'IN', ttl: 60, data };
  });
  manager.observe(dns);
  manager.observe(proxy);
  await dns.start();
  seen = new DnsRecorder(dns);
  embedded = new EmbeddedProxy({
    routes: [
      {
        name: 'doh',
        match: { ports: 0 },
        action: {
          type: 'socket-handler',
          socketHandler: dns.dohSocketHandler,
          tls: { mode: 'terminate', certificate },
        },
      },
    ],
  });
  proxy.attach(embedded);
  await embedded.start();
  const [own, own6] = dns.addresses.doh;
  ports = { own: own?.port ?? 0, own6: own6?.port ?? 0, routed: embedded.getListeningPorts()[0] ?? 0 };
  assert.equal(own6?.host, '::1');
});

tap.test('kdig over HTTP/2, by POST and GET; its padding changes nothing', async () => {
  for (const [args, method] of [
    [['+https'], 'POST'],
    [['+https-get'], 'GET'],
    [['+https', '+padding=128'], 'POST'],
  ] as const) {
    const text = await kdig(ports.own, ...args, 'WwW.eXample.Test', 'A');
    assert.match(
      text,
      new RegExp(`HTTP session \\(HTTP/2-${method}\\)-\\(127\\.0\\.0\\.1/dns-query\\)-\\(status: 200\\)`),
    );
    assert.match(text, /status: NOERROR; id: 0/);
    assert.match(text, /;; www\.example\.test\.\s+IN\s+A/i);
    assert.match(text, /www\.example\.test\.\s+77\s+IN\s+A\s+192\.0\.2\.1/i);
    const told = seen.answered.at(-1);
    assert.deepEqual([told?.source, told?.clientIp, told?.domain], ['https', LOOPBACK, 'www.example.test']);
    assert.equal(String(told?.size), /Received (\d+) B/.exec(text)?.[1]);
  }
});

tap.test('kdig: DNSSEC, a reply larger than any datagram, a name that nobody has, many on one connection', async () => {
  const signed = await kdig(ports.own, '+https', '+dnssec', 'www.example.test', 'A');
  assert.match(signed, /flags: do; UDP size: 1232 B/);
  assert.match(signed, /IN\s+RRSIG\s+A 13 3 77 /);
  const big = await kdig(ports.own, '+https', '+bufsize=512', 'big.example.test', 'TXT');
  assert.match(big, /Flags: qr aa rd/);
  assert.match(big, /"2929292929/);
  assert.match(await kdig(ports.own, '+https', 'no.elsewhere.test', 'A'), /IN\s+SOA\s/);
  assert.equal(seen.answered.at(-1)?.answered, false);
  const before = seen.answered.length;
  const many = await kdig(ports.own, '+https', '+keepopen', 'a.example.test', 'b.example.test', 'c.example.test');
  for (const name of ['a', 'b', 'c']) assert.match(many, new RegExp(`${name}\\.example\\.test\\.\\s+77\\s+IN\\s+A`));
  assert.equal(seen.answered.length, before + 3);
});

tap.test('kdig over IPv6', async () => {
  const { stdout } = await run('kdig', ['@::1', '-p', String(ports.own6), '+https', '+retry=0', 'six.example.test', 'A']); // prettier-ignore
  assert.match(stdout, /192\.0\.2\.1/);
  assert.deepEqual([seen.answered.at(-1)?.source, seen.answered.at(-1)?.clientIp], ['https', '::1']);
});

tap.test(
  'curl, in HTTP/1.1 and HTTP/2, at the front and through the proxy: octets, headers, one connection',
  async () => {
    writeFileSync(queryFile, message(0, [['www.example.test', A]]));
    for (const [port, flag, version] of [
      [ports.own, '--http1.1', '1.1'],
      [ports.own, '--http2', '2'],
      [ports.routed, '--http1.1', '1.1'],
      // The proxy does not offer HTTP/2 to a client that asks for it.
      [ports.routed, '--http2', '1.1'],
    ] as const) {
      const url = `https://${LOOPBACK}:${port}${PATH}`;
      const shown = '%{http_version} %{content_type} %header{cache-control} %{num_connects}\n';
      const args = ['-sk', flag, '-H', `content-type: ${MEDIA_TYPE}`, '--data-binary', `@${queryFile}`, '-w', shown];
      const { stdout } = await run('curl', [...args, '-o', replyFile, url, '-o', replyFile, url]);
      assert.equal(stdout, [1, 0].map((connects) => `${version} ${MEDIA_TYPE} max-age=77 ${connects}\n`).join(''));
      const expected = Buffer.from(between.replies.at(-1) ?? '');
      expected.fill(0, 0, 2);
      assert.equal(readFileSync(replyFile).toString('hex'), expected.toString('hex'));
    }
  },
);

tap.test('each reply is SmartDNS’s, octet by octet, but for id, letters and OPT', async () => {
  const queries = [
    message(0, [['WwW.ExamplE.test', A]]),
    withOpt(message(0xabce, [['wWw.example.test', A]]), opt(1232)),
    withOpt(message(0, [['www.exAmple.test', A]]), opt(4096, { dnssec: true })),
    message(0, [['BIG.example.test', TXT]]),
    message(0xabd2, [['nobody.TEST', 65]]),
  ];
  const clients = [http1Client(ports.own, true), http2Client(ports.own, true), http1Client(ports.routed, true), http2Client(ports.routed, true)]; // prettier-ignore
  for (const client of clients) {
    for (const query of queries) {
      for (const request of [get(query), post(query)]) {
        const before = between.replies.length;
        const { body } = await client.request(request);
        assert.equal(between.replies.length, before + 1);
        const end = questionEnd(query);
        const expected = Buffer.from(between.replies.at(-1) ?? '');
        query.copy(expected, 0, 0, 2);
        query.copy(expected, 12, 12, end);
        const dnssec = query[end + 7] === 0x80;
        const whole = query.length > end ? withOpt(expected, opt(1232, { dnssec })) : expected;
        assert.equal(
          body.toString('hex'),
          whole.toString('hex'),
          `${client.name} ${query.toString('latin1', 12, end)}`,
        );
      }
    }
    await client.close();
  }
});

tap.test('all of it was counted, and everything is given back', async () => {
  await embedded.stop({ drainMs: 1_000 });
  await dns.stop();
  checkIdentities(manager);
  assert.equal(seen.received.length, seen.answered.length);
  const stats = manager.getStats();
  assert.deepEqual(stats.dns?.transports, { https: seen.answered.length });
  const route = stats.proxy?.routes.find(({ name }) => name === 'doh');
  assert.ok(route !== undefined && (route.total ?? 0) >= 4 && route.active === 0 && (route.bytesIn ?? 0) > 0);
  assert.equal(dns.activeCount(), 0);
  proxy.detach();
  between.close();
  await smart.stop();
  rmSync(folder, { recursive: true });
});

export default tap.start({ throwOnError: true });
