import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns } from '../../ts/dns/index.js';
import { MetricsManager } from '../../ts/index.js';
import { pattern } from '../contract/peers.js';
import { arrived } from '../contract/run.js';
import { get, http1Client, http2Client } from '../dns/front/dohclient.js';
import { framed, FrontBench, idleServer, LOOPBACK, TcpClient, UdpClient } from '../dns/front/support.js';
import { makeCertificate } from '../helpers/certificate.js';
import { embeddedHost } from '../helpers/hosts/embeddedhost.js';
import { plainHost } from '../helpers/hosts/plainhost.js';
import { message } from '../helpers/smartdns.js';
import { until } from '../helpers/wait.js';
import { closed, holds, type IScene, over, sameAsBare, times } from './rig.js';

const MIB = 1024 * 1024;
const CLIENTS = 5;
const STALL_MS = 5_000;
const QUERIES = 60;
/** The front's patience with its upstream, much shorter than the stall. */
const TIMEOUT_MS = 1_000;
/** After which it closes a connection: shorter than the stall, and longer than it takes to open one. */
const IDLE_MS = 4_500;

/** Nothing of this process runs meanwhile. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const echo = (stallMs: number): IScene<string[]> => ({
  firstChunk: true,
  serve: (rig) => (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      rig.taken += chunk.length;
      socket.write(chunk);
    });
  },
  play: async (rig) => {
    const clients = await Promise.all(times(CLIENTS, () => rig.connect()));
    for (const { socket } of clients) socket.write(pattern(0, MIB));
    await Promise.all(clients.map(({ peer, socket }) => arrived(peer, socket, 1)));
    await rig.sweep();
    const before = rig.figures();
    stall(stallMs);
    const stats = rig.manager.getStats();
    if (rig.proxy !== null) {
      assert.ok((stats.self.sampleAgeSeconds ?? 0) >= stallMs / 1_000, 'figures are as old as they are');
      assert.deepEqual([rig.figures().active, stats.proxy?.routes[0]?.massCloses], [CLIENTS, 0]);
      assert.ok(rig.figures().bytesIn >= before.bytesIn);
      holds(rig.manager);
    }
    await Promise.all(clients.map(({ peer, socket }) => arrived(peer, socket, MIB)));
    for (const { socket } of clients) socket.end();
    await Promise.all(clients.map(({ socket }) => closed(socket)));
    await rig.handledAllClosed();
    return clients.map(({ peer }) => peer.transcript(false));
  },
});

for (const [host, stallMs] of [
  [plainHost, STALL_MS],
  [embeddedHost, STALL_MS / 5],
] as const) {
  tap.test(`${host.name}: the event loop stands still for ${stallMs} ms in the midst of transfers`, async () => {
    const { figures } = await sameAsBare(host, echo(stallMs));
    assert.deepEqual([figures.bytesIn, figures.bytesOut], [CLIENTS * MIB, CLIENTS * MIB]);
  });
}

/** An upstream that goes on while this thread stands still: answers each query with itself as the reply, a while later. */
const UPSTREAM = `
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (query, from) => {
    query[2] |= 0x84;
    const send = () => socket.send(query, from.port, from.address);
    if (query.includes('localhost')) send();
    else setTimeout(send, 300);
  });
  socket.bind(0, '127.0.0.1', () => require('node:worker_threads').parentPort.postMessage(socket.address().port));
`;

tap.test('the DNS front: replies that came while the loop stood still are answers, not time-outs', async () => {
  const worker = new Worker(UPSTREAM, { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  const dns = new MetricsAwareDns({
    server: idleServer(),
    front: { udp: [{ host: LOOPBACK, port: 0 }], upstream: { host: LOOPBACK, port }, timeoutMs: TIMEOUT_MS },
  });
  const manager = new MetricsManager();
  manager.observe(dns);
  await dns.start();
  const client = new UdpClient(dns.addresses.udp[0]?.port ?? 0);
  for (let id = 0; id < QUERIES; id++) client.send(message(id, [[`n${id}.test`, 1]]));
  await until(() => dns.activeCount() === QUERIES, 'all in flight');
  stall(STALL_MS);
  await until(() => client.replies.length === QUERIES, 'all answers');
  const codes = new Set(client.replies.map((reply) => reply.readUInt16BE(2) & 15));
  assert.deepEqual([...codes], [0]);
  client.close();
  await dns.stop();
  await worker.terminate();
  await over(manager, null);
});

tap.test('the DNS front: a loop that stands still again and again keeps nobody waiting without end', async () => {
  // It answers to the front's own check only.
  const worker = new Worker(UPSTREAM.replace('300', '3_600_000'), { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  const dns = new MetricsAwareDns({
    server: idleServer(),
    front: { udp: [{ host: LOOPBACK, port: 0 }], upstream: { host: LOOPBACK, port }, timeoutMs: 100 },
  });
  await dns.start();
  const client = new UdpClient(dns.addresses.udp[0]?.port ?? 0);
  client.send(message(1, [['n.test', 1]]));
  await until(() => dns.activeCount() === 1, 'it to be in flight');
  await until(() => {
    stall(250);
    return client.replies.length === 1;
  }, 'the answer');
  assert.equal((client.replies[0]?.readUInt16BE(2) ?? 0) & 15, 2);
  client.close();
  await dns.stop();
  await worker.terminate();
});

tap.test(
  'the DNS front: a query that came while the loop stood still keeps its connection, idle as it was',
  async () => {
    const doh = [{ host: LOOPBACK, port: 0, ...makeCertificate('localhost') }];
    const bench = await FrontBench.open({ doh, tcpIdleMs: IDLE_MS });
    const port = bench.dns.addresses.doh[0]?.port ?? 0;
    const tcp = new TcpClient(bench.tcp);
    const clients = [http1Client(port, true), http2Client(port, true)];
    const ask = (id: number): Promise<unknown>[] => {
      tcp.socket.write(framed(message(id, [['n.test', 1]])));
      const answers = clients.map(async (client) => (await client.request(get(message(id, [['n.test', 1]])))).status);
      return [tcp.reply(id), ...answers];
    };
    await Promise.all(ask(1));
    const second = ask(2);
    // Until the clients' own side has let go of it.
    await new Promise((resolve) => setImmediate(resolve));
    stall(2 * TIMEOUT_MS);
    const [, ...statuses] = await Promise.all(second);
    assert.deepEqual(statuses, [200, 200]);
    for (const client of clients) await client.close();
    tcp.socket.destroy();
    await bench.settled();
    await bench.close();
  },
);

export default tap.start({ throwOnError: true });
