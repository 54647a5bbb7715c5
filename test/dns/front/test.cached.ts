import * as assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns } from '../../../ts/dns/index.js';
import type { IAsker } from '../../../ts/dns/front/asker.js';
import { AnswerCache } from '../../../ts/dns/front/cache/classes.answercache.js';
import { Ledger } from '../../../ts/dns/front/classes.ledger.js';
import { Resolver } from '../../../ts/dns/front/classes.resolver.js';
import { Upstream } from '../../../ts/dns/front/classes.upstream.js';
import { MetricsManager } from '../../../ts/index.js';
import type { ICacheEvent, IDnsEvents } from '../../../ts/interfaces/events.js';
import { FencedEmitter } from '../../../ts/shared/fencedemitter.js';
import { dig, makeSmartDns, message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import {
  ADDRESS, checkIdentities, FakeUpstream, FrontBench, framed, idleServer, LOOPBACK, opt, record, replyTo, TcpClient, UdpClient, withOpt,
} from './support.js'; // prettier-ignore

const A = 1;
const clock = {
  ms: 0,
  now: (): number => clock.ms,
  wall: (): number => 1_700_000_000_000 + clock.ms,
};
const results = (bench: FrontBench): (string | null)[] => bench.seen.answered.map(({ result }) => result);
const ttlOf = (reply: Buffer, name: string): number => reply.readUInt32BE(12 + name.length + 2 + 4 + 6);

tap.test('a repeat is a hit: own id and letters, TTL counted down, the upstream not asked', async () => {
  const bench = await FrontBench.open({}, { cache: {}, clock });
  const client = new UdpClient(bench.udp);
  const first = await client.ask(message(1, [['www.a.test', A]]));
  clock.ms += 7_000;
  const second = await client.ask(message(0xbeef, [['WWW.a.TEST', A]]));
  assert.equal(bench.upstream.queries.length, 1);
  assert.deepEqual([ttlOf(first, 'www.a.test'), ttlOf(second, 'www.a.test')], [60, 53]);
  assert.equal(second.readUInt16BE(0), 0xbeef);
  assert.equal(second.toString('latin1', 13, 23), 'WWW\x01a\x04TEST');
  assert.deepEqual(results(bench), ['miss', 'hit']);
  assert.deepEqual(
    bench.seen.answered.map(({ cached }) => cached),
    [false, true],
  );
  clock.ms += 53_000;
  await client.ask(message(3, [['www.a.test', A]]));
  assert.deepEqual(results(bench), ['miss', 'hit', 'miss'], 'its TTL is over');
  client.close();
  await bench.settled();
  await bench.close();
});

tap.test('an answer kept whole is cut for each client, and whole over TCP', async () => {
  const upstream = new FakeUpstream((query, from, itself) => {
    itself.send(replyTo(query, [record(16, Buffer.alloc(900, 7))]), from);
  });
  const bench = await FrontBench.open({}, { cache: {} }, upstream);
  const client = new UdpClient(bench.udp);
  const query = message(1, [['big.test', 16]]);
  assert.equal((await client.ask(query)).length, 12 + 10 + 4);
  assert.equal((await client.ask(query)).length, 12 + 10 + 4);
  const tcp = new TcpClient(bench.tcp);
  tcp.socket.write(framed(query));
  assert.ok((await tcp.reply(1)).length > 900);
  tcp.socket.destroy();
  const edns = await client.ask(withOpt(query, opt(1232)));
  assert.ok(edns.length > 900, 'EDNS has an entry of its own');
  assert.deepEqual(results(bench), ['miss', 'hit', 'hit', 'miss']);
  client.close();
  await bench.close();
});

tap.test('a client subnet goes by the cache, as do refusals; every answer has a result', async () => {
  const bench = await FrontBench.open({ timeoutMs: 100 }, { cache: {} });
  const client = new UdpClient(bench.udp);
  const subnet = opt(1232, { options: Buffer.from([0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2]) });
  const cookie = opt(1232, { options: Buffer.from([0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]) });
  const query = message(1, [['www.test', A]]);
  for (const packet of [
    withOpt(query, subnet),
    withOpt(query, subnet),
    withOpt(query, cookie),
    withOpt(query, cookie),
  ]) {
    await client.ask(packet);
  }
  await client.ask(message(2, []));
  bench.upstream.answerer = () => undefined;
  await client.ask(message(3, [['silent.test', A]]));
  assert.deepEqual(results(bench), ['bypass', 'bypass', 'miss', 'hit', 'bypass', 'miss']);
  const cache = bench.manager.getStats().dns?.cache;
  assert.deepEqual([cache?.hits, cache?.misses, cache?.bypass, cache?.hitRate], [1, 2, 3, 1 / 3]);
  client.close();
  await bench.settled();
  await bench.close();
});

tap.test('identical questions in flight are asked once, and each is answered to its own asker', async () => {
  const held: (() => void)[] = [];
  const upstream = new FakeUpstream((query, from, itself) => {
    held.push(() => itself.send(replyTo(query, [ADDRESS]), from));
  });
  const bench = await FrontBench.open({ timeoutMs: 500, maxInFlight: 6 }, { cache: { coalesce: true } }, upstream);
  const client = new UdpClient(bench.udp);
  for (let id = 1; id <= 5; id++) client.send(message(id, [[id % 2 === 0 ? 'WWW.test' : 'www.test', A]]));
  await until(() => bench.seen.received.length === 5 && held.length === 1, 'all received, one asked');
  assert.equal(bench.dns.activeCount(), 5);
  client.send(message(6, [['www.test', 28]]));
  client.send(message(7, [['www.test', A]]));
  await until(() => bench.drops.length === 1, 'those that wait are in flight as well');
  for (const answer of held) answer();
  for (let id = 1; id <= 5; id++) {
    const reply = await client.reply(id);
    assert.equal(reply.readUInt16BE(6), 1);
    assert.equal(reply.toString('latin1', 13, 16), id % 2 === 0 ? 'WWW' : 'www');
  }
  await bench.settled();
  assert.deepEqual(results(bench).sort(), ['coalesced', 'coalesced', 'coalesced', 'coalesced', 'miss', 'miss']);
  bench.upstream.answerer = () => undefined;
  client.send(message(8, [['other.test', A]]));
  client.send(message(9, [['other.test', A]]));
  for (const id of [8, 9]) assert.equal((await client.reply(id)).readUInt16BE(2) & 15, 2, 'they share the time-out');
  client.close();
  await bench.settled();
  await bench.close();
});

tap.test('what two askers are sent is not one buffer', async () => {
  const held: (() => void)[] = [];
  const fake = new FakeUpstream((query, from, itself) => {
    held.push(() => itself.send(replyTo(query, [ADDRESS]), from));
  });
  await fake.open();
  const address = { host: LOOPBACK, port: fake.port };
  const upstream = new Upstream({ address, now: () => performance.now(), stray: () => undefined });
  await upstream.open();
  const ledger = new Ledger(new FencedEmitter<IDnsEvents>(), { now: () => performance.now(), wall: () => Date.now() });
  const settings = { timeoutMs: 2_000, maxInFlight: 10, cache: new AnswerCache(), coalesce: true };
  const resolver = new Resolver(ledger, upstream, settings);
  const sent: Buffer[] = [];
  const asker: IAsker = {
    source: 'udp',
    clientIp: undefined,
    datagrams: true,
    answer: (reply, told) => {
      sent.push(reply);
      told(null);
    },
    giveUp: () => assert.fail('every query is answered'),
  };
  for (const id of [1, 2, 3]) resolver.resolve(message(id, [['www.test', A]]), asker);
  await until(() => held.length === 1, 'the query');
  held[0]?.();
  await until(() => sent.length === 3, 'all answers');
  resolver.resolve(message(4, [['www.test', A]]), asker);
  assert.deepEqual(sent.map((reply) => reply.readUInt16BE(0)).sort(), [1, 2, 3, 4]);
  upstream.close();
  await fake.close();
});

tap.test('an answer under way when its name is invalidated is sent and not kept', async () => {
  const held: (() => void)[] = [];
  const upstream = new FakeUpstream((query, from, itself) => {
    held.push(() => itself.send(replyTo(query, [ADDRESS]), from));
  });
  const bench = await FrontBench.open({}, { cache: {} }, upstream);
  const client = new UdpClient(bench.udp);
  for (const invalidate of [
    () => bench.dns.cache?.invalidate('*.test'),
    () => bench.dns.cache?.clear(),
    () => bench.dns.registerHandler('www.*', ['A'], () => null),
    () => bench.dns.unregisterHandler('www.*', ['A']),
  ]) {
    client.send(message(1, [['www.test', A]]));
    await until(() => held.length === 1, 'the query');
    invalidate();
    held.pop()?.();
    await client.reply(1);
    assert.equal(bench.dns.cache?.entries, 0);
  }
  client.close();
  await bench.close();
});

tap.test(
  'SmartDNS: the answer to a handler that failed is nobody else’s; that of one with no answer is kept',
  async () => {
    const smart = await makeSmartDns();
    const dns = new MetricsAwareDns({
      server: smart.server,
      front: { udp: [{ host: LOOPBACK, port: 0 }], upstream: { host: LOOPBACK, port: smart.port } },
      cache: {},
    });
    let failing = true;
    let calls = 0;
    const answer = (name: string) => ({ name, type: 'A', class: 'IN', ttl: 60, data: '192.0.2.1' });
    const failures: readonly (readonly [name: string, fail: () => unknown])[] = [
      ['throws.test', () => assert.fail('the handler’s bug')],
      ['promises.test', () => Promise.resolve(null)],
    ];
    for (const [name, fail] of failures) {
      dns.registerHandler(name, ['A'], (question) => {
        calls++;
        return (failing ? fail() : answer(question.name)) as never;
      });
    }
    dns.registerHandler('none.test', ['A'], () => {
      calls++;
      return null;
    });
    await dns.start();
    const port = dns.addresses.udp[0]?.port ?? 0;
    for (const [name] of failures) {
      failing = true;
      calls = 0;
      assert.match(await dig(port, name, 'A'), /SOA/);
      assert.match(await dig(port, name, 'A'), /SOA/);
      failing = false;
      assert.match(await dig(port, name, 'A'), /192\.0\.2\.1/, name);
      assert.match(await dig(port, name, 'A'), /192\.0\.2\.1/);
      assert.equal(calls, 3, 'what it answered in the end is kept');
    }
    calls = 0;
    assert.match(await dig(port, 'none.test', 'A'), /SOA/);
    assert.match(await dig(port, 'none.test', 'A'), /SOA/);
    assert.equal(calls, 1);
    await dns.stop();
    await smart.stop();
  },
);

tap.test('cache events: at the start, at most once a second where something changed, and at the end', async () => {
  const events: ICacheEvent[] = [];
  const upstream = new FakeUpstream();
  await upstream.open();
  const at = [{ host: LOOPBACK, port: 0 }];
  const dns = new MetricsAwareDns({
    server: idleServer(),
    front: { udp: at, upstream: { host: LOOPBACK, port: upstream.port } },
    cache: { maxEntries: 2 },
  });
  dns.on('cache', (event) => void events.push(event));
  await dns.start();
  assert.deepEqual(events, [{ entries: 0, bytes: 0, evictions: 0 }]);
  const client = new UdpClient(dns.addresses.udp[0]?.port ?? 0);
  for (let id = 1; id <= 5; id++) await client.ask(message(id, [[`n${id}.test`, A]]));
  assert.equal(events.length, 1);
  await until(() => events.length === 2, 'the next second');
  assert.deepEqual([events[1]?.entries, events[1]?.evictions], [2, 3]);
  await client.ask(message(9, [['n9.test', A]]));
  await dns.stop();
  assert.deepEqual([events[2]?.entries, events[2]?.evictions, events.length], [2, 1, 3]);
  client.close();
  await upstream.close();
});

tap.test('SmartDNS: a handler that is registered or unregistered is asked at once', async () => {
  const smart = await makeSmartDns();
  const prototype = smart.server.unregisterHandler;
  const dns = new MetricsAwareDns({
    server: smart.server,
    front: { udp: [{ host: LOOPBACK, port: 0 }], upstream: { host: LOOPBACK, port: smart.port } },
    cache: {},
  });
  const manager = new MetricsManager();
  manager.observe(dns);
  await dns.start();
  const port = dns.addresses.udp[0]?.port ?? 0;
  const answer = (data: string) => (asked: { name: string }) => ({
    name: asked.name,
    type: 'A',
    class: 'IN',
    ttl: 600,
    data,
  });
  const ask = (): Promise<string> => dig(port, 'www.example.test', 'A');
  assert.match(await ask(), /SOA/);
  assert.match(await ask(), /SOA/);
  assert.equal(manager.getStats().dns?.unanswered, 2, 'what is kept of it is unanswered as well');
  dns.registerHandler('*.example.test', ['A'], answer('192.0.2.1'));
  assert.match(await ask(), /192\.0\.2\.1/);
  smart.server.unregisterHandler('*.example.test', ['A']);
  smart.server.registerHandler('*.example.test', ['A'], answer('192.0.2.2'));
  assert.match(await ask(), /192\.0\.2\.2/);
  assert.match(await ask(), /192\.0\.2\.2/);
  assert.equal(dns.readings().handlers[0]?.calls, 2);
  const cache = manager.getStats().dns?.cache;
  assert.deepEqual([cache?.hits, cache?.misses], [2, 3]);
  checkIdentities(manager);
  await dns.stop();
  dns.detach();
  assert.equal(smart.server.unregisterHandler, prototype, 'given back');
  await smart.stop();
});

export default tap.start({ throwOnError: true });
