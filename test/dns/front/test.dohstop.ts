import * as assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http2 from 'node:http2';
import { connect as connectTcp, createServer, Socket } from 'node:net';
import { connect } from 'node:tls';
import { tap } from '@push.rocks/tapbundle';
import type { IRouteContext } from '../../../ts/interfaces/smartproxy.js';
import { MetricsAwareDns } from '../../../ts/dns/index.js';
import { makeCertificate } from '../../helpers/certificate.js';
import { message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import { get, http1Client, http2Client, post } from './dohclient.js';
import { ADDRESS, FakeUpstream, FrontBench, idleServer, LOOPBACK, record, replyTo } from './support.js';

const certificate = makeCertificate('localhost', ['localhost', LOOPBACK]);
const doh = [{ host: LOOPBACK, port: 0, ...certificate }];
const ask = (id = 0): Buffer => message(id, [[`n${id}.test`, 1]]);
const dohPort = (bench: FrontBench): number => bench.dns.addresses.doh[0]?.port ?? 0;

tap.test('stop sends what is in flight, ends every connection, and the front can be started again', async () => {
  const held: (() => void)[] = [];
  const upstream = new FakeUpstream((query, from, itself) => {
    held.push(() => itself.send(replyTo(query, [ADDRESS]), from));
  });
  const bench = await FrontBench.open({ doh }, {}, upstream);
  const port = dohPort(bench);
  const asking = [http1Client(port, true), http2Client(port, true)];
  const idle = [http1Client(port, true), http2Client(port, true)];
  await Promise.all(idle.map((client) => client.request({ path: '/' })));
  const mute = connect({ host: LOOPBACK, port, rejectUnauthorized: false }).on('error', () => undefined);
  await once(mute.resume(), 'secureConnect');
  const handshaking = connectTcp(port, LOOPBACK).on('error', () => undefined);
  await once(handshaking.resume(), 'connect');
  const answers = asking.map((client) => client.request(post(ask())));
  await until(() => held.length === 2, 'both in flight');
  const stopping = performance.now();
  const stopped = bench.dns.stop();
  await until(() => mute.closed, 'the end of who asked nothing');
  const refused = connectTcp(port, LOOPBACK).on('error', () => undefined);
  await until(() => refused.closed, 'a refusal');
  const handOver = (): boolean => {
    const socket = new Socket();
    void bench.dns.dohSocketHandler(socket, { clientIp: LOOPBACK } as IRouteContext);
    return socket.destroyed;
  };
  assert.ok(handOver(), 'a socket that a proxy hands over while it stops');
  for (const answer of held) answer();
  for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
  await stopped;
  await until(() => handshaking.closed, 'the end of a handshake');
  assert.ok(performance.now() - stopping < 5_000, 'a handshake is not waited for');
  assert.ok(handOver(), 'a socket that a proxy hands over when it has stopped');
  await bench.dns.stop();
  assert.deepEqual(bench.dns.addresses, { udp: [], tcp: [], doh: [] });
  for (const client of [...asking, ...idle]) await client.close();
  await bench.settled();

  await bench.dns.start();
  bench.upstream.answerer = () => undefined;
  const late = http2Client(dohPort(bench), true);
  const unanswered = late.request(get(ask()));
  await until(() => bench.dns.activeCount() === 1, 'in flight');
  await bench.dns.stop();
  const { body } = await unanswered;
  assert.equal((body[3] ?? 0) & 15, 2, 'by its time-out');
  await late.close();
  await bench.close();
});

tap.test('a start that fails at a busy port says so and leaves nothing open', async () => {
  const holder = createServer().listen(0, LOOPBACK);
  await once(holder, 'listening');
  const bound = holder.address();
  assert.ok(typeof bound === 'object' && bound !== null);
  const bench = await FrontBench.open({ doh });
  const upstream = { host: LOOPBACK, port: bench.upstream.port };
  // One that opens, the busy one, and one that is not tried any more.
  const three = [0, bound.port, 0].map((port) => ({ host: LOOPBACK, port, ...certificate }));
  const dns = new MetricsAwareDns({ server: idleServer(), front: { udp: [], tcp: [], doh: three, upstream } });
  await assert.rejects(dns.start(), /EADDRINUSE/);
  assert.deepEqual(dns.addresses.doh, []);
  const socket = new Socket();
  void dns.dohSocketHandler(socket, { clientIp: LOOPBACK } as IRouteContext);
  assert.ok(socket.destroyed, 'nothing is served');
  holder.close();
  await once(holder, 'close');
  await dns.start();
  assert.equal(dns.addresses.doh.length, 3, 'the next start works');
  await dns.stop();
  await bench.close();
});

tap.test('stop says goodbye in HTTP/2, and waits a little for a client that reads slowly', async () => {
  const upstream = new FakeUpstream((query, from, itself) => {
    itself.send(replyTo(query, [record(16, Buffer.alloc(50_000, 7))]), from);
  });
  const bench = await FrontBench.open({ doh }, {}, upstream);
  const session = http2.connect(`https://${LOOPBACK}:${dohPort(bench)}`, {
    rejectUnauthorized: false,
    settings: { initialWindowSize: 0 },
  });
  const stream = session.request({ ':path': get(ask()).path });
  let octets = 0;
  stream.on('data', (chunk: Buffer) => (octets += chunk.length));
  await until(() => bench.seen.answered.length === 1, 'the answer');
  const goodbye = once(session, 'goaway');
  const stopped = bench.dns.stop();
  await goodbye;
  await new Promise((resolve) => setTimeout(resolve, 100)); // real time: what is tried is how long it is waited
  session.settings({ initialWindowSize: 65_535 });
  await once(stream, 'end');
  assert.ok(octets > 50_000);
  const told = performance.now();
  await stopped;
  assert.ok(performance.now() - told < 1_500, 'no longer than needed');
  session.destroy();
  await bench.close();
});

export default tap.start({ throwOnError: true });
