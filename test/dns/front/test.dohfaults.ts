import * as assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http2 from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { tap } from '@push.rocks/tapbundle';
import { makeCertificate } from '../../helpers/certificate.js';
import { message } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import { get, http1Client, http2Client, type IDohClient, MEDIA_TYPE, PATH, post } from './dohclient.js';
import { ADDRESS, FakeUpstream, FrontBench, LOOPBACK, record, replyTo } from './support.js';

const A = 1;
const certificate = makeCertificate('localhost', ['localhost', LOOPBACK]);
const doh = [{ host: LOOPBACK, port: 0, ...certificate }];
const ask = (id = 0, name = `n${id}.test`): Buffer => message(id, [[name, A]]);
const dohPort = (bench: FrontBench): number => bench.dns.addresses.doh[0]?.port ?? 0;
const clients = (port: number): IDohClient[] => [http1Client(port, true), http2Client(port, true)];
const silent = (): FakeUpstream => new FakeUpstream(() => undefined);
const HEAD = `POST ${PATH} HTTP/1.1\r\nhost: a\r\ncontent-type: ${MEDIA_TYPE}\r\ncontent-length: `;

/** A TLS connection to write what one likes to; `text` is what came. */
class Raw {
  readonly socket: TLSSocket;
  text = '';
  closed = false;

  constructor(port: number) {
    this.socket = connect({ host: LOOPBACK, port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
    this.socket.on('data', (chunk: Buffer) => (this.text += chunk.toString('latin1')));
    this.socket.on('error', () => undefined).on('close', () => (this.closed = true));
  }

  statuses(): string[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status ?? '');
  }
}

tap.test('nobody answers: SERVFAIL, which is a 200 not to be stored', async () => {
  const bench = await FrontBench.open({ doh, timeoutMs: 100 }, {}, silent());
  for (const client of clients(dohPort(bench))) {
    const { status, headers, body } = await client.request(post(ask()));
    assert.deepEqual([status, headers['cache-control'], (body[3] ?? 0) & 15], [200, 'no-store', 2]);
    await client.close();
  }
  await bench.settled();
  await bench.close();
});

tap.test('past maxInFlight a query is dropped, and its client told: 503', async () => {
  const bench = await FrontBench.open({ doh, maxInFlight: 1, timeoutMs: 300 }, {}, silent());
  for (const client of clients(dohPort(bench))) {
    const other = http2Client(dohPort(bench), true);
    const first = other.request(get(ask(1)));
    await until(() => bench.dns.activeCount() === 1, 'one in flight');
    assert.equal((await client.request(get(ask(2)))).status, 503);
    assert.equal(bench.drops.at(-1)?.reason, 'overload');
    assert.equal(bench.drops.at(-1)?.source, 'https');
    assert.equal((await first).status, 200);
    await Promise.all([client.close(), other.close()]);
  }
  await bench.settled();
  await bench.close();
});

tap.test(
  'a body that does not come in time: 408, whatever its pace, and whatever else the connection asks',
  async () => {
    const bench = await FrontBench.open({ doh, tcpIdleMs: 300 });
    const raw = new Raw(dohPort(bench));
    raw.socket.write(`${HEAD}1000\r\n\r\n`);
    const drip = setInterval(() => raw.socket.write('x'), 10);
    await until(() => raw.closed, 'its end');
    clearInterval(drip);
    assert.deepEqual(raw.statuses().slice(0, 1), ['408']);
    assert.deepEqual(bench.rejects, [{ source: 'https', reason: 'slow' }]);

    const session = http2.connect(`https://${LOOPBACK}:${dohPort(bench)}`, { rejectUnauthorized: false });
    const request = (): http2.ClientHttp2Stream =>
      session.request({ ':method': 'POST', ':path': PATH, 'content-type': MEDIA_TYPE });
    const slow = request();
    slow.write('x');
    let status: number | undefined;
    slow.on('response', (headers) => (status = headers[':status']));
    let asked = 0;
    while (status === undefined) {
      const quick = request();
      quick.end(ask(asked++));
      quick.resume();
      await once(quick, 'end');
    }
    assert.equal(status, 408);
    assert.ok(asked > 1 && !session.destroyed);
    assert.equal(bench.rejects.length, 2);
    session.destroy();
    await bench.settled();
    await bench.close();
  },
);

tap.test(
  'a connection that asks nothing is closed: before its first octet, in its head, and after a query',
  async () => {
    const bench = await FrontBench.open({ doh, tcpIdleMs: 200 });
    const [mute, head, half, asked] = Array.from({ length: 4 }, () => new Raw(dohPort(bench)));
    assert.ok(mute !== undefined && head !== undefined && half !== undefined && asked !== undefined);
    head.socket.write('GET /dns-que');
    // As much of HTTP/2's first line as cannot be told from it.
    half.socket.write('PRI * HTTP');
    asked.socket.write(`GET ${get(ask()).path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    const session = http2.connect(`https://${LOOPBACK}:${dohPort(bench)}`, { rejectUnauthorized: false });
    session.on('error', () => undefined);
    await until(() => [mute, head, half, asked].every(({ closed }) => closed) && session.destroyed, 'all ends');
    assert.deepEqual(asked.statuses(), ['200']);
    await bench.settled();
    await bench.close();
  },
);

tap.test('a client that goes away: within its body it never asked, after it its answer is dropped', async () => {
  const held: (() => void)[] = [];
  const upstream = new FakeUpstream((query, from, itself) => {
    held.push(() => itself.send(replyTo(query, [ADDRESS]), from));
  });
  const bench = await FrontBench.open({ doh }, {}, upstream);
  const raw = new Raw(dohPort(bench));
  raw.socket.write(`${HEAD}100\r\n\r\nxxxx`);
  // Node's own `close()` of a stream would end its body first.
  const broken = connect({ host: LOOPBACK, port: dohPort(bench), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  const [lost, session] = [broken, undefined].map((socket) => {
    const url = `https://${LOOPBACK}:${dohPort(bench)}`;
    return http2
      .connect(url, { rejectUnauthorized: false, ...(socket === undefined ? {} : { createConnection: () => socket }) })
      .on('error', () => undefined);
  });
  assert.ok(lost !== undefined && session !== undefined);
  const post2 = (over = session): http2.ClientHttp2Stream =>
    over.request({ ':method': 'POST', ':path': PATH, 'content-type': MEDIA_TYPE }).on('error', () => undefined);
  const half = post2(lost);
  half.write('xxxx');
  await new Promise((resolve) => lost.ping(resolve));
  const whole = post2();
  whole.end(ask(2));
  await until(() => held.length === 1, 'the whole one');
  raw.socket.destroy();
  broken.destroy();
  await until(() => bench.rejects.length === 2, 'both counted');
  assert.deepEqual(bench.rejects, Array(2).fill({ source: 'https', reason: 'truncated' }));
  assert.equal(bench.seen.received.length, 1);
  // A reset of the stream alone.
  const reset = post2();
  reset.write('xxxx');
  await new Promise((resolve) => session.ping(resolve));
  reset.destroy();
  await until(() => bench.rejects.length === 3, 'the reset');
  assert.deepEqual(bench.rejects.at(-1), { source: 'https', reason: 'truncated' });
  // One stream of a session that stays.
  const gone = post2();
  gone.end(ask(3));
  await until(() => held.length === 2, 'another one');
  gone.close(http2.constants.NGHTTP2_CANCEL);
  await new Promise((resolve) => session.ping(resolve));
  const first = new Raw(dohPort(bench));
  first.socket.write(`GET ${get(ask(4)).path} HTTP/1.1\r\nhost: a\r\n\r\n`);
  await until(() => held.length === 3, 'a third');
  first.socket.destroy();
  session.destroy();
  // A later connection is served after those have been seen to end.
  const later = http1Client(dohPort(bench), true);
  assert.equal((await later.request({ path: '/' })).status, 404);
  for (const answer of held) answer();
  await until(() => bench.drops.length === 3, 'three drops');
  assert.ok(bench.drops.every(({ reason, source }) => reason === 'client-gone' && source === 'https'));
  await later.close();
  await bench.settled();
  await bench.close();
});

tap.test('what is no HTTP, and no TLS: counted, and closed', async () => {
  const bench = await FrontBench.open({ doh });
  const [bad, long] = [new Raw(dohPort(bench)), new Raw(dohPort(bench))];
  bad.socket.write('\x00\x01\x02\r\n\r\n');
  long.socket.write(`GET ${PATH}?dns=${'A'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`);
  await until(() => bad.closed && long.closed, 'their ends');
  assert.deepEqual([bad.statuses(), long.statuses()], [['400'], ['431']]);
  const frames = new Raw(dohPort(bench));
  frames.socket.write(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'x'.repeat(100)}`);
  await until(() => frames.closed, 'its end');
  assert.deepEqual(bench.rejects, Array(3).fill({ source: 'https', reason: 'http' }));
  const plain = connectTcp(dohPort(bench), LOOPBACK).on('error', () => undefined);
  plain.write('GET / HTTP/1.1\r\n\r\n');
  await once(plain.resume(), 'close');
  assert.deepEqual(bench.rejects.at(-1), { source: 'https', reason: 'tls' });
  await bench.close();
});

tap.test('connections in all and of each client are bounded before any TLS, and room comes back', async () => {
  for (const [limits, reason] of [
    [{ maxConnections: 2 }, 'connections'],
    [{ maxConnectionsPerClient: 2 }, 'connections-of-client'],
  ] as const) {
    const bench = await FrontBench.open({ doh, ...limits });
    const open = clients(dohPort(bench));
    for (const client of open) assert.equal((await client.request(get(ask()))).status, 200);
    const refused = connectTcp(dohPort(bench), LOOPBACK).on('error', () => undefined);
    await once(refused.resume(), 'close');
    assert.deepEqual(bench.rejects, [{ source: 'https', reason }]);
    await open[0]?.close();
    await until(async () => {
      const next = http1Client(dohPort(bench), true);
      const { status } = await next.request(get(ask())).catch(() => ({ status: 0 }));
      await next.close();
      return status === 200;
    }, 'room');
    await open[1]?.close();
    await bench.close();
  }
});

tap.test('101 queries at once on one connection: the last is refused', async () => {
  const held: (() => void)[] = [];
  const upstream = new FakeUpstream((query, from, itself) => {
    held.push(() => itself.send(replyTo(query, [ADDRESS]), from));
  });
  const bench = await FrontBench.open({ doh }, {}, upstream);
  const raw = new Raw(dohPort(bench));
  const requests = Array.from({ length: 101 }, (_, id) => `GET ${get(ask(id)).path} HTTP/1.1\r\nhost: a\r\n\r\n`);
  raw.socket.write(requests.join(''));
  await until(() => held.length === 100 && bench.rejects.length === 1, '100 asked, one refused');
  assert.deepEqual(bench.rejects, [{ source: 'https', reason: 'busy' }]);
  for (const answer of held) answer();
  await until(() => raw.statuses().length === 101, 'all answers');
  assert.deepEqual([raw.statuses()[0], raw.statuses()[100]], ['200', '503']);
  raw.socket.destroy();
  await bench.settled();
  await bench.close();
});

tap.test('a client that asks and does not read is closed, in either HTTP', async () => {
  const large = record(16, Buffer.alloc(60_000, 7));
  const upstream = new FakeUpstream((query, from, itself) => itself.send(replyTo(query, [large]), from));
  const bench = await FrontBench.open({ doh, tcpIdleMs: 300 }, {}, upstream);
  const raw = new Raw(dohPort(bench));
  await once(raw.socket, 'secureConnect');
  raw.socket.pause();
  const one = `GET ${get(ask()).path} HTTP/1.1\r\nhost: a\r\n\r\n`;
  for (let turn = 0; turn < 100; turn++) raw.socket.write(one.repeat(20));
  const session = http2.connect(`https://${LOOPBACK}:${dohPort(bench)}`, {
    rejectUnauthorized: false,
    settings: { initialWindowSize: 0 },
  });
  session.on('error', () => undefined);
  for (let id = 0; id < 100; id++) session.request({ ':path': get(ask(id)).path }).on('error', () => undefined);
  await until(() => session.destroyed, 'the end of the session');
  await until(() => bench.dns.activeCount() === 0, 'none in flight');
  assert.ok(bench.seen.answered.length < 500, `${bench.seen.answered.length} answers were made`);
  raw.socket.destroy();
  await bench.settled();
  await bench.close();
});

export default tap.start({ throwOnError: true });
