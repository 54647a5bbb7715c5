import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns } from '../../../ts/dns/index.js';
import { MetricsManager } from '../../../ts/index.js';
import { DnsRecorder } from '../../helpers/dnsrecorder.js';
import { type ITestDns, makeSmartDns, message, rustProcesses } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import {
  checkIdentities,
  framed,
  LOOPBACK,
  opt,
  questionEnd,
  sharedPort,
  TcpClient,
  UdpClient,
  withOpt,
} from './support.js';
import { Tap } from './tap.js';

// The real SmartDNS behind the front, with a tap between them that keeps every octet, asked by dig.

const run = promisify(execFile);
const [A, TXT] = [1, 16];

let smart: ITestDns;
let dns: MetricsAwareDns;
let seen: DnsRecorder;
let port = 0;
let port6 = 0;
const between = new Tap();
const manager = new MetricsManager();

/** Runs dig and gives all that it printed. */
async function dig(...args: string[]): Promise<string> {
  const at = args.some((arg) => arg.startsWith('@')) ? [] : [`@${LOOPBACK}`, '-p', String(port)];
  return (await run('dig', [...at, '+tries=1', '+time=3', ...args])).stdout;
}

tap.test('the front, the tap and SmartDNS', async () => {
  smart = await makeSmartDns();
  await between.open(smart.port);
  port = await sharedPort();
  dns = new MetricsAwareDns({
    server: smart.server,
    front: {
      udp: [
        { host: LOOPBACK, port },
        { host: '::1', port: 0 },
      ],
      tcp: [
        { host: LOOPBACK, port },
        { host: '::1', port: 0 },
      ],
      upstream: { host: LOOPBACK, port: between.port },
    },
  });
  dns.registerHandler('*.example.test', ['A'], ({ name }) => ({
    name,
    type: 'A',
    class: 'IN',
    ttl: 60,
    data: '192.0.2.1',
  }));
  dns.registerHandler('big.example.test', ['TXT'], ({ name }) => {
    return {
      name,
      type: 'TXT',
      class: 'IN',
      ttl: 60,
      data: Array.from({ length: 30 }, (_, at) => String(at).repeat(50)),
    };
  });
  dns.registerHandler('throws.test', ['A'], () => {
    throw new Error('the handler’s bug');
  });
  manager.observe(dns);
  await dns.start();
  seen = new DnsRecorder(dns);
  port6 = dns.addresses.udp[1]?.port ?? 0;
  assert.equal(smart.server.listenerCount('query'), 0);
  assert.deepEqual(dns.addresses.udp[0], { host: LOOPBACK, port });
});

tap.test('dig over UDP: the client’s letters come back, SmartDNS’s handlers see lower case', async () => {
  const text = await dig('WwW.eXample.Test', 'A');
  assert.match(text, /status: NOERROR/);
  assert.match(text, /;WwW\.eXample\.Test\.\s+IN\s+A/);
  assert.match(text, /www\.example\.test\.\s+60\s+IN\s+A\s+192\.0\.2\.1/);
  assert.match(text, /EDNS: version: 0, flags:; udp: 1232/);
  const answered = seen.answered.at(-1);
  assert.deepEqual(
    [answered?.source, answered?.clientIp, answered?.type, answered?.domain, answered?.responseCode, answered?.result],
    ['udp', LOOPBACK, 'A', 'www.example.test', 'NOERROR', null],
  );
  assert.equal(answered?.answered, true);
  assert.ok((answered?.responseTime ?? 0) > 0 && !Number.isInteger(answered?.responseTime));
  assert.equal(String(answered?.size), /rcvd: (\d+)/.exec(text)?.[1]);
  assert.equal(seen.received.at(-1)?.size, 12 + 18 + 4 + 11 + 12, 'header, name, type and class, OPT with a cookie');
});

tap.test('dig over UDP and TCP of IPv6', async () => {
  assert.match(await dig('@::1', '-p', String(port6), 'six.example.test', 'A'), /192\.0\.2\.1/);
  assert.deepEqual([seen.answered.at(-1)?.source, seen.answered.at(-1)?.clientIp], ['udp', '::1']);
  const tcp6 = String(dns.addresses.tcp[1]?.port);
  assert.match(await dig('@::1', '-p', tcp6, '+tcp', 'six.example.test', 'A'), /192\.0\.2\.1/);
  assert.deepEqual([seen.answered.at(-1)?.source, seen.answered.at(-1)?.clientIp], ['tcp', '::1']);
});

tap.test('without EDNS no OPT comes back', async () => {
  const text = await dig('+noedns', 'www.example.test', 'A');
  assert.match(text, /192\.0\.2\.1/);
  assert.doesNotMatch(text, /OPT PSEUDOSECTION/);
});

tap.test('DNSSEC: the signature comes, and DO comes back', async () => {
  const text = await dig('+dnssec', 'www.example.test', 'A');
  assert.match(text, /EDNS: version: 0, flags: do; udp: 1232/);
  assert.match(text, /www\.example\.test\.\s+60\s+IN\s+RRSIG\s+A 13 3 60 /);
  const key = await dig('+dnssec', 'example.test', 'DNSKEY');
  assert.match(key, /IN\s+DNSKEY\s+256 3 13 /);
  assert.equal(seen.answered.at(-1)?.type, 'DNSKEY', 'what SmartDNS answers in its own process counts');
  assert.equal(seen.answered.at(-1)?.answered, true);
});

tap.test('no handler has an answer: unanswered, also when it is signed, and when a handler throws', async () => {
  for (const args of [
    ['no.elsewhere.test', 'A'],
    ['+dnssec', 'no.elsewhere.test', 'A'],
    ['throws.test', 'A'],
  ]) {
    const text = await dig(...args);
    assert.match(text, /IN\s+SOA\s/);
    assert.deepEqual([seen.answered.at(-1)?.answered, seen.answered.at(-1)?.responseCode], [false, 'NOERROR']);
  }
  assert.equal(seen.errors.length, 1);
  await dig('example.test', 'SOA');
  assert.equal(seen.answered.at(-1)?.answered, true, 'a SOA that was asked for is an answer');
  await dig('localhost', 'A');
  assert.equal(seen.answered.at(-1)?.answered, true);
});

tap.test('a reply larger than the client takes: TC over UDP, then all of it over TCP', async () => {
  for (const [args, size] of [
    [['+noedns'], 34],
    [['+bufsize=1232'], 45],
    [['+bufsize=512'], 45],
  ] as const) {
    const cut = await dig(...args, '+ignore', 'big.example.test', 'TXT');
    assert.match(cut, /flags: qr aa tc rd/);
    assert.match(cut, /ANSWER: 0/);
    assert.equal(seen.answered.at(-1)?.size, size);
    assert.equal(seen.answered.at(-1)?.answered, true, 'there was an answer');
  }
  const before = seen.answered.length;
  const whole = await dig('+bufsize=1232', 'big.example.test', 'TXT');
  assert.match(whole, /Truncated, retrying in TCP mode/);
  assert.match(whole, /"2929292929/);
  assert.deepEqual(
    seen.answered.slice(before).map(({ source }) => source),
    ['udp', 'tcp'],
  );
  const large = await dig('+bufsize=4096', 'big.example.test', 'TXT');
  assert.doesNotMatch(large, /TCP/);
  assert.match(large, /"2929292929/);
});

tap.test('dig over TCP, several questions on one connection', async () => {
  const text = await dig('+tcp', '+keepopen', 'a.example.test', 'A', 'b.example.test', 'A', 'c.example.test', 'A');
  for (const name of ['a', 'b', 'c']) assert.match(text, new RegExp(`${name}\\.example\\.test\\.\\s+60\\s+IN\\s+A`));
});

tap.test('an UPDATE, a query of another EDNS version', async () => {
  assert.match(await dig('+opcode=UPDATE', '+noedns', 'www.example.test', 'A'), /status: NOTIMP/);
  assert.match(await dig('+edns=1', '+noednsnegotiation', 'www.example.test', 'A'), /status: BADVERS/);
});

tap.test('each reply is SmartDNS’s, octet by octet, but for id, letters, OPT and TC', async () => {
  const udp = new UdpClient(port);
  const tcp = new TcpClient(port);
  const queries = [
    message(0xabcd, [['WwW.ExamplE.test', A]]),
    withOpt(message(0xabce, [['wWw.example.test', A]]), opt(1232)),
    withOpt(message(0xabcf, [['www.exAmple.test', A]]), opt(4096, { dnssec: true })),
    withOpt(message(0xabd0, [['BIG.example.test', TXT]]), opt(4096)),
    message(0xabd1, [['big.example.TEST', TXT]]),
    message(0xabd2, [['nobody.TEST', 65]]),
    message(0xabd3, [['nobody.TEST', 65_280]], 0),
  ];
  for (const query of queries) {
    const end = questionEnd(query);
    const hasOpt = query.length > end;
    for (const transport of ['udp', 'tcp']) {
      const before = between.replies.length;
      if (transport === 'tcp') tcp.socket.write(framed(query));
      const sent = transport === 'tcp' ? await tcp.reply(query.readUInt16BE(0)) : await udp.ask(query);
      assert.equal(between.replies.length, before + 1);
      const expected = Buffer.from(between.replies.at(-1) ?? '');
      query.copy(expected, 0, 0, 2);
      query.copy(expected, 12, 12, end);
      const cut =
        transport === 'udp' && expected.length + (hasOpt ? 11 : 0) > (hasOpt ? query.readUInt16BE(end + 3) : 512);
      if (cut) {
        expected.writeUInt16BE(expected.readUInt16BE(2) | 0x0200, 2);
        expected.fill(0, 6, 12);
      }
      const body = cut ? expected.subarray(0, end) : expected;
      const dnssec = hasOpt && query[end + 7] === 0x80;
      const whole = hasOpt ? withOpt(body, opt(1232, { dnssec })) : body;
      assert.equal(sent.toString('hex'), whole.toString('hex'), `${transport} ${query.toString('latin1', 12, end)}`);
    }
  }
  udp.close();
  tcp.socket.destroy();
});

tap.test('names of every octet that SmartDNS can be asked for are answered', async () => {
  const udp = new UdpClient(port);
  for (let octet = 0; octet < 0x80; octet++) {
    const query = message(octet, [['aXb.example.test', A]]);
    query[14] = octet;
    const reply = await udp.ask(query);
    assert.equal(reply.readUInt16BE(2) & 15, octet === 0x2e ? 5 : 0, `octet ${octet}`);
    assert.equal(reply.toString('hex', 12, 12 + 22), query.toString('hex', 12, 12 + 22));
  }
  udp.close();
});

tap.test(
  'SmartDNS killed: SERVFAIL meanwhile; started again it is asked again, without a restart of the front',
  async () => {
    const udp = new UdpClient(port);
    const pid = Number(rustProcesses()[0]);
    process.kill(pid, 'SIGKILL');
    await until(() => rustProcesses().length === 0, 'the end of SmartDNS');
    const before = seen.answered.length;
    for (let id = 1; id <= 20; id++) udp.send(message(id, [['www.example.test', A]]));
    for (let id = 1; id <= 20; id++) assert.equal((await udp.reply(id)).readUInt16BE(2) & 15, 2, 'SERVFAIL');
    assert.equal(seen.answered.length, before + 20);
    assert.equal(seen.answered.at(-1)?.responseCode, 'SERVFAIL');
    await smart.server.stop();
    await smart.server.start();
    await until(
      async () => ((await udp.ask(message(99, [['www.example.test', A]]))).readUInt16BE(2) & 15) === 0,
      'an answer',
    );
    udp.close();
  },
);

tap.test('all of it was counted, and everything is given back', async () => {
  checkIdentities(manager);
  assert.equal(seen.received.length, seen.answered.length);
  await dns.stop();
  assert.deepEqual(dns.addresses, { udp: [], tcp: [], doh: [] });
  assert.equal(dns.activeCount(), 0);
  between.close();
  await smart.stop();
});

export default tap.start({ throwOnError: true });
