import * as assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns } from '../../../ts/dns/index.js';
import { message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import {
  ADDRESS,
  FakeUpstream,
  FrontBench,
  framed,
  idleServer,
  LOOPBACK,
  replyTo,
  TcpClient,
  UdpClient,
} from './support.js';

const A = 1;
const ask = (id: number, name = `n${id}.test`): Buffer => message(id, [[name, A]]);
const code = (reply: Buffer): number => reply.readUInt16BE(2) & 15;
const silent = (): FakeUpstream => new FakeUpstream(() => undefined);

tap.test('no reply in time: SERVFAIL, with the true time', async () => {
  const bench = await FrontBench.open({ timeoutMs: 150 }, {}, silent());
  const client = new UdpClient(bench.udp);
  const reply = await client.ask(ask(1));
  assert.equal(code(reply), 2);
  const time = bench.seen.answered[0]?.responseTime ?? 0;
  // Without the option it would be 2 s.
  assert.ok(time >= 150 && time < 2_000, `${time} ms`);
  // A second later one, so that the timer is set anew.
  assert.equal(code(await client.ask(ask(2))), 2);
  client.close();
  await bench.settled();
  await bench.close();
});

tap.test('a reply to another question, of another id or that is no reply: not taken, and counted', async () => {
  const wrong: readonly ((query: Buffer) => Buffer)[] = [
    (query) => replyTo(ask(query.readUInt16BE(0), 'another.test'), [ADDRESS], 3),
    (query) => replyTo(message(query.readUInt16BE(0), [['n1.test', 28]]), [ADDRESS], 3),
    (query) => {
      const reply = replyTo(query, [ADDRESS]);
      reply.writeUInt16BE((reply.readUInt16BE(0) + 1) & 0xffff, 0);
      return reply;
    },
    (query) => query,
    (query) => replyTo(query, [ADDRESS]).subarray(0, 11),
    (query) => replyTo(query, [ADDRESS]).subarray(0, 20),
    () => Buffer.alloc(0),
  ];
  const upstream = new FakeUpstream((query, from, itself) => {
    for (const make of wrong) itself.send(make(query), from);
    itself.send(replyTo(query, [ADDRESS]), from);
    // The same once more: it has been answered.
    itself.send(replyTo(query, [ADDRESS]), from);
  });
  const bench = await FrontBench.open({}, {}, upstream);
  const client = new UdpClient(bench.udp);
  const reply = await client.ask(ask(1));
  assert.equal(code(reply), 0);
  assert.equal(reply.readUInt16BE(6), 1);
  await until(() => bench.rejects.length === wrong.length + 1, 'all of them counted');
  assert.ok(bench.rejects.every(({ reason }) => reason === 'stray-reply'));
  assert.equal(client.replies.length, 0);
  client.close();
  await bench.settled();
  await bench.close();
});

tap.test('a reply whose question is in other letters is taken', async () => {
  const upstream = new FakeUpstream((query, from, itself) => {
    const reply = replyTo(query, [ADDRESS]);
    reply.write('N1', 13, 'latin1');
    itself.send(reply, from);
  });
  const bench = await FrontBench.open({}, {}, upstream);
  const client = new UdpClient(bench.udp);
  assert.equal((await client.ask(ask(1))).toString('latin1', 13, 15), 'n1');
  client.close();
  await bench.close();
});

tap.test('replies that are damaged behind their question go through, and nothing breaks', async () => {
  let damage = 0;
  const upstream = new FakeUpstream((query, from, itself) => {
    const reply = replyTo(query, [ADDRESS, ADDRESS]);
    // Counts that lie, records cut at every octet.
    reply.writeUInt16BE(damage % 3 === 0 ? 65_535 : 2, 6);
    reply.writeUInt16BE(damage % 2 === 0 ? 65_535 : 0, 10);
    itself.send(reply.subarray(0, Math.max(reply.length - damage++, query.length)), from);
  });
  const bench = await FrontBench.open({}, { cache: { coalesce: true } }, upstream);
  const client = new UdpClient(bench.udp);
  for (let id = 1; id <= 40; id++) await client.ask(ask(id));
  assert.equal(bench.seen.answered.length, 40);
  client.close();
  await bench.settled();
  await bench.close();
});

tap.test('past maxInFlight queries are dropped and counted, and what is in flight is not', async () => {
  const bench = await FrontBench.open({ maxInFlight: 50, timeoutMs: 2_000 }, {}, silent());
  const client = new UdpClient(bench.udp);
  for (let id = 0; id < 80; id++) client.send(ask(id));
  await until(() => bench.seen.received.length === 80, 'all received');
  assert.equal(bench.drops.length, 30);
  assert.ok(bench.drops.every(({ reason }) => reason === 'overload'));
  assert.equal(bench.dns.activeCount(), 50);
  const tcp = new TcpClient(bench.tcp);
  tcp.socket.write(framed(ask(99)));
  await until(() => tcp.closed, 'a TCP client learns of it');
  await bench.settled();
  assert.equal(bench.seen.answered.length, 50);
  client.close();
  await bench.close();
});

tap.test('the upstream goes and comes back: SERVFAIL meanwhile, none lost, no restart', async () => {
  const bench = await FrontBench.open({ timeoutMs: 5_000 });
  const client = new UdpClient(bench.udp);
  assert.equal(code(await client.ask(ask(1))), 0);
  for (let turn = 0; turn < 3; turn++) {
    await bench.upstream.close();
    const before = performance.now();
    for (let id = 10; id < 15; id++) assert.equal(code(await client.ask(ask(id))), 2);
    // Told by the kernel that nobody listens, not by the time-out.
    assert.ok(performance.now() - before < 5_000);
    for (let id = 100; id < 150; id++) client.send(ask(id));
    for (let id = 100; id < 150; id++) assert.equal(code(await client.reply(id)), 2);
    await bench.upstream.open();
    await until(async () => code(await client.ask(ask(2))) === 0, 'an answer again');
  }
  client.close();
  await bench.settled();
  await bench.close();
});

tap.test('nobody at the upstream: told at once, however many are asked in one run', async () => {
  const bench = await FrontBench.open({ timeoutMs: 60_000 });
  await bench.upstream.close();
  const tcp = new TcpClient(bench.tcp);
  // Of two the second finds out what became of the first, and of three nobody but the next read.
  for (const count of [1, 2, 3, 4, 33, 34]) {
    const run = Array.from({ length: count }, (_, id) => ask(count * 100 + id));
    tcp.socket.write(framed(...run));
    for (const query of run) assert.equal(code(await tcp.reply(query.readUInt16BE(0))), 2);
  }
  tcp.socket.destroy();
  await bench.settled();
  await bench.upstream.open();
  await bench.close();
});

tap.test('stop answers what is in flight; what comes meanwhile, and what nobody answers, is counted', async () => {
  const held: (() => void)[] = [];
  const upstream = new FakeUpstream((query, from, itself) => {
    held.push(() => itself.send(replyTo(query, [ADDRESS]), from));
  });
  const bench = await FrontBench.open({ timeoutMs: 2_000 }, {}, upstream);
  const client = new UdpClient(bench.udp);
  const tcp = new TcpClient(bench.tcp);
  client.send(ask(1));
  tcp.socket.write(framed(ask(2)));
  await until(() => held.length === 2, 'both in flight');
  const stopped = bench.dns.stop();
  client.send(ask(3));
  await until(() => bench.drops.length === 1, 'the drop');
  assert.equal(bench.drops[0]?.reason, 'shutdown');
  for (const answer of held) answer();
  await Promise.all([client.reply(1), tcp.reply(2)]);
  await stopped;
  await until(() => tcp.closed, 'the end of the connection');
  await bench.settled();

  // And again, with nobody who answers: by their time-out.
  await bench.dns.start();
  const late = new UdpClient(bench.udp);
  bench.upstream.answerer = () => undefined;
  late.send(ask(4));
  await until(() => bench.dns.activeCount() === 1, 'in flight');
  await bench.dns.stop();
  assert.equal(code(await late.reply(4)), 2);
  await bench.dns.stop();
  client.close();
  late.close();
  await bench.close();
});

tap.test(
  'a front that cannot start gives everything back: a busy address, an upstream that does not answer',
  async () => {
    const upstream = new FakeUpstream();
    const bench = await FrontBench.open({}, {}, upstream);
    let stops = 0;
    const server = { ...idleServer(), stop: async () => void stops++ };
    const at = (port: number): { host: string; port: number } => ({ host: LOOPBACK, port });
    const front = { udp: [at(0), at(bench.udp)], upstream: at(upstream.port) };
    const busy = new MetricsAwareDns({ server, front });
    await assert.rejects(busy.start(), /EADDRINUSE/);
    assert.deepEqual([busy.addresses, stops], [{ udp: [], tcp: [], doh: [] }, 1]);
    const busyTcp = new MetricsAwareDns({
      server,
      front: { udp: [at(0)], tcp: [at(bench.tcp)], upstream: at(upstream.port) },
    });
    await assert.rejects(busyTcp.start(), /EADDRINUSE/);
    assert.deepEqual([busyTcp.addresses, stops], [{ udp: [], tcp: [], doh: [] }, 2]);
    await bench.close();
    const alone = new MetricsAwareDns({ server, front: { udp: [at(0)], upstream: at(upstream.port), timeoutMs: 150 } });
    await assert.rejects(alone.start(), (error: Error & { code?: string }) => error.code === 'ERR_FRONT_UPSTREAM');
    assert.deepEqual([alone.addresses, stops], [{ udp: [], tcp: [], doh: [] }, 3]);
    await upstream.open();
    await alone.start();
    await alone.stop();
    await upstream.close();
  },
);

export default tap.start({ throwOnError: true });
