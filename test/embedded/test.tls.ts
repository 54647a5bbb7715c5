import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { tap } from '@push.rocks/tapbundle';
import { completeClientHello, serverName } from '../../ts/embedded/clienthello.js';
import type { IRouteConfig, TSocketHandler } from '../../ts/interfaces/smartproxy.js';
import { makeCertificate } from '../helpers/certificate.js';
import { until } from '../helpers/wait.js';
import { ask, deadPort, echoes, listening, received, tells, withProxy, type TTold } from './support.js';

const one = makeCertificate('one.test', ['one.test', '*.one.test']);
const two = makeCertificate('two.test');
const short = makeCertificate('short.test', ['short.test'], 1);

const terminate = (name: string, certificate: typeof one, domains?: string | string[], handler?: TSocketHandler) => ({
  name,
  match: { ports: 0, domains },
  action: {
    type: 'socket-handler' as const,
    socketHandler: handler ?? tells(name),
    tls: { mode: 'terminate' as const, certificate },
  },
});
const passthrough = (name: string, domains?: string, handler = tells(name)): IRouteConfig => ({
  name,
  match: { ports: 0, domains },
  action: { type: 'socket-handler', socketHandler: handler, tls: { mode: 'passthrough' } },
});
const plain = (name: string, domains?: string): IRouteConfig => ({
  name,
  match: { ports: 0, domains },
  action: { type: 'socket-handler', socketHandler: tells(name) },
});

async function askTls(port: number, servername: string, options: tls.ConnectionOptions = {}) {
  const socket = tls.connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false, ...options });
  socket.on('error', () => undefined);
  const secured = once(socket, 'secureConnect').then(() => socket.getPeerCertificate().subject.CN);
  secured.catch(() => undefined);
  const answer = await received(socket);
  if (answer.length === 0) return null;
  return { told: JSON.parse(answer.toString()) as TTold, commonName: await secured };
}

/** The first bytes a TLS client of this name sends. */
async function helloOf(servername: string): Promise<Buffer> {
  const backend = await listening(() => undefined);
  const socket = tls.connect({ port: backend.port, host: '127.0.0.1', servername, rejectUnauthorized: false });
  socket.on('error', () => undefined);
  const [peer] = (await once(backend.server, 'connection')) as [net.Socket];
  const [hello] = (await once(peer, 'data')) as [Buffer];
  socket.destroy();
  await backend.close();
  return hello;
}

tap.test(
  'terminated with the certificate of the route',
  withProxy(
    () => [terminate('one', one, ['one.test', '*.one.test']), terminate('two', two, 'two.test')],
    async ({ port, proxy, unrouted }) => {
      for (const [name, label] of [
        ['one.test', 'one'],
        ['a.one.test', 'one'],
        ['TWO.test', 'two'],
      ] as const) {
        const { told, commonName } = (await askTls(port, name)) ?? assert.fail(name);
        assert.equal(told.label, label);
        assert.equal(told.domain, name.toLowerCase());
        assert.deepEqual([told.isTls, told.tlsVersion, told.clientIp], [true, 'TLSv1.3', '127.0.0.1']);
        assert.equal(commonName, `${label}.test`);
      }
      const old = await askTls(port, 'one.test', { maxVersion: 'TLSv1.2' });
      assert.equal(old?.told.tlsVersion, 'TLSv1.2');
      assert.equal(await askTls(port, 'three.test'), null);
      await until(() => unrouted.length === 1, 'the event');
      assert.equal(unrouted[0]?.reason, 'no-route');
      assert.equal(proxy.getHostCounters().tlsHandshakeErrors, 0);
    },
  ),
);

tap.test(
  'TLS and plain routes on one port',
  withProxy(
    () => [terminate('secure', one, 'one.test'), plain('http', 'one.test'), plain('rest')],
    async ({ port }) => {
      assert.equal((await askTls(port, 'one.test'))?.told.label, 'secure');
      const http = await ask(port, 'GET / HTTP/1.1\r\nHost: one.test\r\n\r\n');
      assert.deepEqual([http?.label, http?.isTls], ['http', false]);
      assert.equal((await ask(port, 'anything'))?.label, 'rest');
      assert.equal(await askTls(port, 'two.test'), null);
    },
  ),
);

tap.test('passthrough by name, byte-exact, by a forward and by a handler', async () => {
  const backend = await listening((socket) => void socket.pipe(socket), two);
  const hello = await helloOf('raw.test');
  let seen = Buffer.alloc(0);
  const raw: TSocketHandler = (socket) =>
    void socket.on('data', (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      if (seen.length >= hello.length) socket.end('seen');
    });
  const forward: IRouteConfig = {
    name: 'two',
    match: { ports: 0, domains: 'two.test' },
    action: { type: 'forward', targets: [{ host: '127.0.0.1', port: backend.port }], tls: { mode: 'passthrough' } },
  };
  await withProxy(
    () => [forward, passthrough('raw', 'raw.test', raw), passthrough('tells', 'told.test')],
    async ({ port }) => {
      const socket = tls.connect({ port, host: '127.0.0.1', servername: 'two.test', ca: two.cert });
      await once(socket, 'secureConnect');
      const sent = Buffer.alloc(1_000_000, 'routemeter ');
      socket.end(sent);
      assert.ok((await received(socket)).equals(sent));
      const other = net.connect(port, '127.0.0.1');
      other.write(hello);
      assert.equal((await received(other)).toString(), 'seen');
      assert.ok(seen.equals(hello));
      other.destroy();
      const told = await ask(port, await helloOf('told.test'));
      assert.deepEqual([told?.domain, told?.isTls, told?.tlsVersion], ['told.test', true, undefined]);
    },
  )();
  await backend.close();
});

tap.test('a ClientHello byte by byte, and split into many records', async () => {
  const hello = await helloOf('raw.test');
  const records: Buffer[] = [];
  const message = hello.subarray(5);
  for (let at = 0; at < message.length; at += 7) {
    const part = message.subarray(at, at + 7);
    records.push(Buffer.from([0x16, 3, 1, 0, part.length]), part);
  }
  await withProxy(
    () => [passthrough('raw', 'raw.test', echoes)],
    async ({ port, proxy }) => {
      for (const bytes of [hello, Buffer.concat(records)]) {
        const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
        await once(socket, 'connect');
        for (const byte of bytes) {
          socket.write(Buffer.from([byte]));
          await new Promise((resolve) => setImmediate(resolve));
        }
        socket.end('and more');
        assert.ok((await received(socket)).equals(Buffer.concat([bytes, Buffer.from('and more')])));
      }
      assert.equal(proxy.pendingCount(), 0);
    },
  )();
});

tap.test('the reader of a ClientHello: every prefix wants more, every flip ends', async () => {
  const hello = await helloOf('raw.test');
  for (let length = 0; length < hello.length; length++) {
    assert.equal(completeClientHello(hello.subarray(0, length)), 'more', String(length));
  }
  const whole = completeClientHello(Buffer.concat([hello, Buffer.from('behind')]));
  assert.ok(Buffer.isBuffer(whole) && whole.equals(Buffer.concat([Buffer.from([0x16, 3, 1]), hello.subarray(3)])));
  assert.equal(await serverName(whole), 'raw.test');
  const crumbs = Buffer.concat(Array<Buffer>(300).fill(Buffer.from([0x16, 3, 1, 0, 1, 1])));
  assert.equal(completeClientHello(crumbs), 'bad');
  for (const [at, value] of [
    [0, 0x17],
    [1, 2],
    [5, 2],
  ] as const) {
    const flipped = Buffer.from(hello);
    flipped[at] = value;
    assert.equal(completeClientHello(flipped), 'bad', String(at));
  }
});

tap.test('3,000 mutated ClientHellos: each is handed over or unrouted, once, and none stays', async () => {
  const hellos = [await helloOf('one.test'), await helloOf('raw.test')] as const;
  let seed = 20_260_101;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const mutated = (): Buffer => {
    let bytes = Buffer.from(hellos[random(2)] ?? hellos[0]);
    for (let count = random(4); count >= 0; count--) {
      const at = random(bytes.length);
      const byte = Buffer.from([random(256)]);
      const kind = random(5);
      if (kind < 3) bytes[at] = byte[0] ?? 0;
      else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), byte, bytes.subarray(at)]);
      else bytes = Buffer.concat([bytes.subarray(0, at + 1)]);
    }
    return bytes;
  };
  let handed = 0;
  const ends: TSocketHandler = (socket) => {
    handed++;
    socket.resume().end();
  };
  await withProxy(
    () => [
      terminate('one', one, 'one.test', ends),
      passthrough('wild', '*.test', ends),
      passthrough('rest', '*', ends),
    ],
    async ({ port, proxy, unrouted, errors }) => {
      const client = async (): Promise<void> => {
        for (let count = 0; count < 100; count++) {
          const socket = net.connect(port, '127.0.0.1');
          socket.on('error', () => undefined);
          await once(socket, 'connect');
          socket.end(mutated());
          await received(socket);
          socket.destroy();
        }
      };
      await Promise.all(Array.from({ length: 30 }, client));
      await until(() => handed + unrouted.length === 3000 && proxy.pendingCount() === 0, 'every connection');
      assert.ok(handed > 300 && unrouted.length > 300, `${handed} handed over, ${unrouted.length} not`);
      assert.deepEqual(errors, []);
      assert.ok(
        unrouted.every(({ reason }) => reason !== 'idle-timeout'),
        'none waits for nothing',
      );
      await proxy.stop({ drainMs: 0 });
      assert.equal(handed + unrouted.length, 3000);
    },
    // One that nobody decides on would be seen here.
    { headTimeoutMs: 2000 },
  )();
});

tap.test(
  'what is no TLS, or fails the handshake, is counted and told',
  withProxy(
    () => [terminate('one', one, 'one.test')],
    async ({ port, proxy, unrouted }) => {
      const hello = await helloOf('one.test');
      const lying = Buffer.from(hello);
      lying.writeUInt8(0xff, 5 + 4 + 2 + 32); // the session id's length: past the end of the message
      const cases: [string, () => Promise<unknown>][] = [
        ['no TLS', () => ask(port, 'GET / HTTP/1.1\r\n\r\n')],
        ['not a ClientHello', () => ask(port, Buffer.from([0x16, 3, 1, 0, 4, 2, 0, 0, 0]))],
        ['lengths that lie', () => ask(port, lying)],
        ['no common version', () => askTls(port, 'one.test', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })],
        ['garbage after the hello', () => send(port, Buffer.concat([hello, Buffer.alloc(300, 7)]))],
        ['gone in the handshake', () => abandonAfter(port, hello)],
      ];
      for (const [index, [what, attempt]] of cases.entries()) {
        await attempt();
        await until(() => unrouted.length > index, what);
        assert.equal(unrouted[index]?.reason, 'tls-error', what);
        assert.equal(proxy.getHostCounters().tlsHandshakeErrors, index + 1, what);
      }
      assert.equal(unrouted.length, cases.length);
      assert.equal(proxy.pendingCount(), 0);
      assert.equal((await askTls(port, 'one.test'))?.told.label, 'one');
    },
    { headTimeoutMs: 4000 },
  ),
);

async function send(port: number, bytes: Buffer): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytes);
  await received(socket);
  socket.destroy();
}

async function abandonAfter(port: number, bytes: Buffer): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(bytes);
  await once(socket, 'data');
  socket.destroy();
}

const breaks: Record<string, (client: tls.TLSSocket, raw: net.Socket) => void> = {
  'a record that cannot be read': (_, raw) => void raw.write(Buffer.from([0x17, 3, 3, 0, 40, ...Buffer.alloc(40, 9)])),
  'a fourth renegotiation': (client) => {
    const again = (error: Error | null): void => {
      if (error === null && !client.destroyed) client.renegotiate({ rejectUnauthorized: false }, again);
    };
    again(null);
  },
};
for (const [what, attack] of Object.entries(breaks)) {
  tap.test(`${what}, after the handshake: the socket that was handed over fails and closes`, async () => {
    const handed: net.Socket[] = [];
    await withProxy(
      () => [terminate('one', one, 'one.test', (socket) => void handed.push(socket.resume()))],
      async ({ port, errors }) => {
        // Half-open and silent: nothing but the error can end it.
        const raw = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        const client = tls.connect({
          socket: raw,
          servername: 'one.test',
          ca: one.cert,
          maxVersion: 'TLSv1.2',
        });
        for (const socket of [raw, client]) socket.on('error', () => undefined);
        await once(client, 'secureConnect');
        await until(() => handed.length === 1, 'the hand-over');
        attack(client, raw);
        await until(() => handed[0]?.closed === true, 'the close');
        assert.ok(handed[0]?.errored instanceof Error);
        assert.deepEqual(errors, []);
        raw.destroy();
      },
    )();
  });
}

tap.test(
  'a handshake that stops half way ends in time',
  withProxy(
    () => [terminate('one', one)],
    async ({ port, proxy, unrouted }) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.write(await helloOf('one.test'));
      await received(socket);
      await until(() => unrouted.length === 1, 'the event');
      assert.equal(unrouted[0]?.reason, 'idle-timeout');
      assert.equal(proxy.getHostCounters().tlsHandshakeErrors, 0);
      socket.destroy();
    },
    { headTimeoutMs: 100 },
  ),
);

tap.test(
  'certificates tell when they end: each domain once, the first end counts',
  withProxy(
    () => [terminate('short', short, 'b.test'), terminate('long', one, ['a.test', 'b.test']), terminate('rest', two)],
    async ({ proxy }) => {
      const days = (at: number): number => Math.round((at - Date.now()) / 86_400_000);
      const { certificates } = proxy.getHostCounters();
      assert.deepEqual(
        certificates.map(({ domain, expiresAt }) => [domain, days(expiresAt)]),
        [
          ['b.test', 1],
          ['a.test', 30],
          ['*', 30],
        ],
      );
    },
  ),
);

tap.test('terminated and forwarded: the backend gets the plain bytes, each side its end', async () => {
  const backend = await listening((socket) => void socket.pipe(socket));
  const forward: IRouteConfig = {
    match: { ports: 0 },
    action: {
      type: 'forward',
      targets: [{ host: '127.0.0.1', port: backend.port }],
      tls: { mode: 'terminate', certificate: one },
    },
  };
  await withProxy(
    () => [forward],
    async ({ port }) => {
      const sent = Buffer.alloc(5_000_000, 'plain ');
      const socket = tls.connect({ port, host: '127.0.0.1', servername: 'one.test', ca: one.cert });
      socket.end(sent);
      assert.ok((await received(socket)).equals(sent));
    },
  )();
  await backend.close();
});

tap.test('terminated, and no target answers', async () => {
  const forward: IRouteConfig = {
    name: 'dead',
    match: { ports: 0 },
    action: {
      type: 'forward',
      targets: [{ host: '127.0.0.1', port: await deadPort() }],
      tls: { mode: 'terminate', certificate: one },
    },
  };
  await withProxy(
    () => [forward],
    async ({ port, proxy, unrouted }) => {
      assert.equal(await askTls(port, 'one.test'), null);
      assert.deepEqual([...proxy.getHostCounters().backendConnectErrors], [['dead', 1]]);
      assert.equal(unrouted.length, 0);
    },
  )();
});

export default tap.start({ throwOnError: true });
