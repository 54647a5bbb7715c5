import * as assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import { ADDRESS, FakeUpstream, FrontBench, framed, record, replyTo, TcpClient } from './support.js';

const A = 1;
const ask = (id: number, name = `n${id}.test`): Buffer => message(id, [[name, A]]);
const sends = (client: TcpClient, octets: Buffer): Promise<void> =>
  new Promise((resolve) => client.socket.write(octets, () => resolve()));

tap.test('lengths and messages in any fragmentation', async () => {
  const bench = await FrontBench.open();
  const octets = framed(ask(1), ask(2), ask(3));
  for (const size of [1, 2, 3, 5, 7, 24, 25, 26, 27, octets.length]) {
    const client = new TcpClient(bench.tcp);
    client.socket.setNoDelay(true);
    for (let at = 0; at < octets.length; at += size) {
      await sends(client, octets.subarray(at, at + size));
      // So that the pieces arrive as pieces.
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const id of [1, 2, 3]) assert.equal((await client.reply(id)).readUInt16BE(6), 1);
    client.socket.destroy();
  }
  await bench.settled();
  await bench.close();
});

tap.test('replies go out in the order in which they come, each with its own id and letters', async () => {
  const held: (() => void)[] = [];
  const upstream = new FakeUpstream((query, from, itself) => {
    held.push(() => itself.send(replyTo(query, [ADDRESS]), from));
  });
  const bench = await FrontBench.open({}, {}, upstream);
  const client = new TcpClient(bench.tcp);
  client.socket.write(framed(ask(1, 'One.test'), ask(2, 'twO.test'), ask(3, 'thRee.test')));
  await until(() => held.length === 3, 'three queries');
  assert.equal(bench.dns.activeCount(), 3);
  for (const answer of held.reverse()) {
    const before = client.frames.length;
    answer();
    await until(() => client.frames.length > before, 'its reply');
  }
  // UDP upstream keeps no order among sockets, so that names tell which was which.
  assert.deepEqual(client.frames.map((frame) => frame.readUInt16BE(0)).sort(), [1, 2, 3]);
  for (const frame of client.frames) {
    const name = ['', 'One', 'twO', 'thRee'][frame.readUInt16BE(0)] ?? '';
    assert.equal(frame.toString('latin1', 13, 13 + name.length), name);
  }
  const order = bench.upstream.queries.map((query) => query.toString('latin1', 13, 16)).reverse();
  assert.deepEqual(
    client.frames.map((frame) => frame.toString('latin1', 13, 16).toLowerCase()),
    order,
  );
  client.socket.destroy();
  await bench.settled();
  await bench.close();
});

tap.test('a reply of 60,000 octets comes whole', async () => {
  const data = Buffer.alloc(60_000, 7);
  const upstream = new FakeUpstream((query, from, itself) => itself.send(replyTo(query, [record(16, data)]), from));
  const bench = await FrontBench.open({}, {}, upstream);
  const client = new TcpClient(bench.tcp);
  client.socket.write(framed(ask(1)));
  const reply = await client.reply(1);
  assert.ok(reply.length > 60_000 && (reply.readUInt16BE(2) & 0x0200) === 0);
  client.socket.destroy();
  await bench.close();
});

tap.test('a client that has said its last word still gets its answers, and then the end', async () => {
  const bench = await FrontBench.open();
  const client = new TcpClient(bench.tcp, true);
  client.socket.end(framed(ask(1), ask(2)));
  await client.reply(1);
  await client.reply(2);
  await until(() => client.closed, 'the end');
  await bench.settled();
  await bench.close();
});

tap.test('a client that is gone before its answer: dropped and counted', async () => {
  let late: (() => void) | undefined;
  const upstream = new FakeUpstream((query, from, itself) => {
    late = () => itself.send(replyTo(query, [ADDRESS]), from);
  });
  const bench = await FrontBench.open({}, {}, upstream);
  const client = new TcpClient(bench.tcp);
  client.socket.write(framed(ask(1)));
  await until(() => late !== undefined, 'the query');
  client.socket.resetAndDestroy();
  await until(() => client.closed, 'the end');
  await until(() => bench.dns.activeCount() === 1, 'in flight');
  const other = new TcpClient(bench.tcp);
  other.socket.write(framed(Buffer.alloc(3)));
  await until(() => other.closed, 'a round trip that began after the reset');
  late?.();
  await until(() => bench.drops.length === 1, 'the drop');
  assert.equal(bench.drops[0]?.reason, 'client-gone');
  await bench.settled();
  await bench.close();
});

tap.test('a connection that asks nothing is closed; octets one by one do not keep it', async () => {
  const bench = await FrontBench.open({ tcpIdleMs: 1_500 });
  const silent = new TcpClient(bench.tcp);
  const slow = new TcpClient(bench.tcp);
  const started = performance.now();
  const octets = Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(1_000)]);
  let at = 0;
  const drip = setInterval(() => slow.socket.write(octets.subarray(at, ++at)), 10);
  await until(() => silent.closed && slow.closed, 'both ends');
  clearInterval(drip);
  assert.ok(performance.now() - started >= 1_450);
  assert.deepEqual(bench.rejects, [{ source: 'tcp', reason: 'truncated' }]);
  // A whole query keeps it.
  const busy = new TcpClient(bench.tcp);
  for (let id = 1; id <= 4; id++) {
    busy.socket.write(framed(ask(id)));
    await busy.reply(id);
    await new Promise((resolve) => setTimeout(resolve, 500)); // real time: what is tried is a timer
  }
  assert.equal(busy.closed, false);
  busy.socket.destroy();
  await bench.settled();
  await bench.close();
});

tap.test('connections in all and for each client are bounded, and room comes back', async () => {
  const bench = await FrontBench.open({ maxConnections: 5, maxConnectionsPerClient: 3 });
  const open = Array.from({ length: 3 }, () => new TcpClient(bench.tcp));
  for (const [index, client] of open.entries()) {
    client.socket.write(framed(ask(index)));
    await client.reply(index);
  }
  const refused = new TcpClient(bench.tcp);
  await until(() => refused.closed, 'the refusal');
  assert.deepEqual(bench.rejects, [{ source: 'tcp', reason: 'connections-of-client' }]);
  open[0]?.socket.destroy();
  await until(async () => {
    const next = new TcpClient(bench.tcp);
    next.socket.write(framed(ask(9)));
    await until(() => next.closed || next.frames.length > 0, 'either');
    next.socket.destroy();
    return next.frames.length > 0;
  }, 'room');
  for (const client of open) client.socket.destroy();
  await bench.close();

  const small = await FrontBench.open({ maxConnections: 1 });
  const first = new TcpClient(small.tcp);
  first.socket.write(framed(ask(1)));
  await first.reply(1);
  const second = new TcpClient(small.tcp);
  await until(() => second.closed, 'the refusal');
  assert.deepEqual(small.rejects, [{ source: 'tcp', reason: 'connections' }]);
  first.socket.destroy();
  await small.close();
});

tap.test('a client that asks and does not read is not read either', async () => {
  const data = Buffer.alloc(40_000, 7);
  const upstream = new FakeUpstream((query, from, itself) => itself.send(replyTo(query, [record(16, data)]), from));
  const bench = await FrontBench.open({ tcpIdleMs: 300 }, {}, upstream);
  const client = new TcpClient(bench.tcp);
  client.socket.pause();
  const octets = framed(...Array.from({ length: 500 }, (_, id) => ask(id)));
  for (let turn = 0; turn < 40; turn++) client.socket.write(octets);
  await until(() => client.closed || client.socket.destroyed || bench.seen.received.length > 0, 'the first');
  await until(() => bench.dns.activeCount() === 0, 'its end', 60_000);
  // Some MB of what 20,000 queries would come to: 800 MB.
  const asked = bench.seen.received.length;
  assert.ok(asked < 5_000, `${asked} queries were taken`);
  client.socket.destroy();
  await bench.settled();
  await bench.close();
});

export default tap.start({ throwOnError: true });
