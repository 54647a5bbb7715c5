import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { readProxyHeader } from '../../ts/embedded/proxyheader.js';
import type { IRouteConfig, TSocketHandler } from '../../ts/interfaces/smartproxy.js';
import { makeCertificate } from '../helpers/certificate.js';
import { until } from '../helpers/wait.js';
import { ask, echoes, received, reset, tells, withProxy } from './support.js';

const byHost = (socketHandler: TSocketHandler): IRouteConfig => ({
  name: 'http',
  match: { ports: 0, domains: 'a.test' },
  action: { type: 'socket-handler', socketHandler },
});
const any = (socketHandler: TSocketHandler, clientIp?: string[]): IRouteConfig => ({
  name: 'any',
  match: { ports: 0, clientIp },
  action: { type: 'socket-handler', socketHandler },
});
const HEAD = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n';

async function trickle(socket: net.Socket, data: string | Buffer): Promise<void> {
  for (const byte of Buffer.from(data)) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function dial(port: number): Promise<net.Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

const bodies: Record<string, TSocketHandler> = {
  'pipes at once': echoes,
  'listens at once': (socket) => void socket.on('data', (chunk) => socket.write(chunk)),
  'listens later': (socket) =>
    void setTimeout(() => socket.on('data', (chunk) => socket.write(chunk)).once('end', () => socket.end()), 20),
  'reads when readable': (socket) =>
    void socket.on('readable', () => {
      for (let chunk: unknown; (chunk = socket.read()) !== null;) socket.write(chunk as Buffer);
    }),
  iterates: async (socket) => {
    for await (const chunk of socket) socket.write(chunk as Buffer);
  },
};
for (const [what, handler] of Object.entries(bodies)) {
  tap.test(
    `a header byte by byte, nothing lost or out of order: the handler ${what}`,
    withProxy(
      () => [byHost(handler)],
      async ({ port, proxy }) => {
        const socket = await dial(port);
        await trickle(socket, HEAD.slice(0, -1));
        await until(() => proxy.pendingCount() === 1, 'a pending connection');
        socket.write(`\nbody ${'x'.repeat(200_000)}`);
        socket.end(' end');
        assert.equal((await received(socket)).toString(), `${HEAD}body ${'x'.repeat(200_000)} end`);
        assert.equal(proxy.pendingCount(), 0);
        socket.destroy();
      },
    ),
  );
}

tap.test('the socket comes as if nobody had read it', async () => {
  const seen: unknown[] = [];
  const handler: TSocketHandler = (socket) => {
    const listeners = ['data', 'readable', 'end'].map((name) => socket.listenerCount(name));
    seen.push(socket.readableFlowing, socket.isPaused(), socket.bytesRead - socket.readableLength, ...listeners);
    socket.end();
  };
  await withProxy(
    () => [byHost(handler), any(handler)],
    async ({ port }) => {
      await received((await dial(port)).end(HEAD));
      // Node's own 'end' listener is there on every socket.
      assert.deepEqual(seen, [null, false, 0, 0, 0, 1]);
    },
  )();
});

const bounds: { what: string; data: string; end?: boolean; reason: string; options?: object }[] = [
  { what: 'a silent client', data: '', reason: 'idle-timeout', options: { headTimeoutMs: 60 } },
  { what: 'a half-sent header', data: HEAD.slice(0, 20), reason: 'idle-timeout', options: { headTimeoutMs: 60 } },
  { what: 'a header without end', data: `GET / HTTP/1.1\r\nX: ${'y'.repeat(40_000)}`, reason: 'limit' },
  { what: 'an end before the header', data: 'GET / HT', end: true, reason: 'client-end' },
  { what: 'an end without a byte', data: '', end: true, reason: 'client-end' },
];
for (const { what, data, end, reason, options } of bounds) {
  tap.test(
    `${what}: closed as ${reason}, told once`,
    withProxy(
      () => [byHost(echoes)],
      async ({ port, proxy, unrouted }) => {
        const socket = await dial(port);
        if (data !== '') socket.write(data);
        if (end === true) socket.end();
        assert.equal((await received(socket)).length, 0);
        await until(() => unrouted.length === 1, 'the event');
        assert.deepEqual([unrouted[0]?.reason, unrouted[0]?.port], [reason, port]);
        if (reason !== 'limit') assert.equal(unrouted[0]?.bytesIn, data.length);
        assert.equal(proxy.pendingCount(), 0);
        socket.destroy();
        await proxy.stop({ drainMs: 0 });
        assert.equal(unrouted.length, 1);
      },
      options,
    ),
  );
}

tap.test(
  'the longest header is one of 16 KiB, in one packet or in two',
  withProxy(
    () => [byHost(tells('http'))],
    async ({ port, unrouted }) => {
      for (const [length, label, packets] of [
        [16_384, 'http', 1],
        [16_384, 'http', 2],
        [16_385, undefined, 1],
        [16_385, undefined, 2],
      ] as const) {
        const fill = length - `${HEAD}X: \r\n`.length;
        const head = `${HEAD.slice(0, -2)}X: ${'y'.repeat(fill)}\r\n\r\n`;
        const socket = await dial(port);
        if (packets === 2) await trickle(socket, head.slice(0, 1));
        socket.write(head.slice(packets - 1));
        const answer = (await received(socket)).toString();
        const told = answer === '' ? undefined : (JSON.parse(answer) as { label: string }).label;
        assert.equal(told, label, `${length} in ${packets}`);
        socket.destroy();
      }
      assert.deepEqual(
        unrouted.map(({ reason }) => reason),
        ['limit', 'limit'],
      );
    },
  ),
);

tap.test(
  'a client that resets while pending',
  withProxy(
    () => [byHost(echoes)],
    async ({ port, proxy, unrouted }) => {
      const socket = await dial(port);
      // Without a byte: libuv tells data and a reset that arrive together as data and an end.
      await until(() => proxy.pendingCount() === 1, 'a pending connection');
      reset(socket);
      await until(() => unrouted.length === 1, 'the event');
      assert.deepEqual([unrouted[0]?.reason, unrouted[0]?.port], ['client-reset', port]);
    },
  ),
);

tap.test(
  'more than maxConnections: closed as limit; room is made by an end, listeners or not',
  withProxy(
    () => [any((socket) => void socket.once('data', () => socket.removeAllListeners().destroy()))],
    async ({ port, unrouted, proxy }) => {
      const first = await dial(port);
      await received(await dial(port));
      assert.equal(unrouted[0]?.reason, 'limit');
      first.write('x');
      await received(first);
      const third = await dial(port);
      third.write('x');
      await received(third);
      assert.equal(unrouted.length, 1);
      await proxy.stop();
    },
    { maxConnections: 1 },
  ),
);

/** Version 2: command, family and transport, addresses (with their ports), and one TLV behind them. */
function version2(command: number, family: number, addresses: number[]): Buffer {
  const body = Buffer.from([...addresses, 4, 0, 1, 9]);
  const head = Buffer.from([
    0x0d,
    0x0a,
    0x0d,
    0x0a,
    0,
    0x0d,
    0x0a,
    0x51,
    0x55,
    0x49,
    0x54,
    0x0a,
    0x20 | command,
    family,
    0,
    0,
  ]);
  head.writeUInt16BE(body.length, 14);
  return Buffer.concat([head, body]);
}
const v4 = [203, 0, 113, 7, 127, 0, 0, 1, 1, 2, 3, 4];
const v6 = [0x20, 1, 0xd, 0xb8, ...Array<number>(11).fill(0), 5, ...Array<number>(16).fill(0), 1, 2, 3, 4];
const mapped = [...Array<number>(10).fill(0), 255, 255, 203, 0, 113, 9, ...Array<number>(16).fill(0), 1, 2, 3, 4];

const headers: [string, string | Buffer, string | null][] = [
  ['v1 TCP4', 'PROXY TCP4 203.0.113.5 127.0.0.1 1234 80\r\n', '203.0.113.5'],
  ['v1 TCP6', 'PROXY TCP6 2001:DB8:0::5 ::1 1234 80\r\n', '2001:db8::5'],
  ['v1 TCP6 mapped', 'PROXY TCP6 ::ffff:203.0.113.5 ::1 1234 80\r\n', '203.0.113.5'],
  ['v1 UNKNOWN', 'PROXY UNKNOWN\r\n', '127.0.0.1'],
  ['v1 UNKNOWN with text', 'PROXY UNKNOWN ffff:f...f ffff:f...f 65535 65535\r\n', '127.0.0.1'],
  ['v2 TCP4', version2(1, 0x11, v4), '203.0.113.7'],
  ['v2 TCP6', version2(1, 0x21, v6), '2001:db8::5'],
  ['v2 TCP6 mapped', version2(1, 0x21, mapped), '203.0.113.9'],
  ['v2 LOCAL', version2(0, 0, []), '127.0.0.1'],
  ['v2 LOCAL with addresses', version2(0, 0x11, v4), '127.0.0.1'],
  ['v2 unix socket', version2(1, 0x31, Array<number>(216).fill(65)), '127.0.0.1'],
  ['none', 'GET / HTTP/1.1\r\n\r\n', null],
  ['v1 wrong family', 'PROXY TCP4 ::1 127.0.0.1 1 2\r\n', null],
  ['v1 no ports', 'PROXY TCP4 1.2.3.4 127.0.0.1\r\n', null],
  ['v1 port too high', 'PROXY TCP4 1.2.3.4 127.0.0.1 65536 1\r\n', null],
  ['v1 too long', `PROXY TCP4 ${'1'.repeat(120)}`, null],
  ['v2 too short for its family', version2(1, 0x21, v4), null],
  ['v2 wrong command', version2(2, 0x11, v4), null],
  ['v2 wrong version', Buffer.from(version2(1, 0x11, v4).map((byte, index) => (index === 12 ? 0x31 : byte))), null],
];
const trusting = { acceptProxyProtocol: true, proxyIPs: ['127.0.0.0/8'] };

for (const [what, header, expected] of headers) {
  tap.test(`PROXY header, ${what}: ${expected ?? 'refused'}`, async () => {
    const bytes = Buffer.from(header);
    if (expected !== null) {
      for (let length = 0; length < bytes.length; length++) {
        assert.equal(readProxyHeader(bytes.subarray(0, length)), 'more', String(length));
      }
      assert.equal((readProxyHeader(Buffer.concat([bytes, bytes])) as { size: number }).size, bytes.length);
    }
    await withProxy(
      () => [any(tells('any'))],
      async ({ port, unrouted }) => {
        assert.equal((await ask(port, bytes))?.clientIp ?? null, expected);
        assert.deepEqual(
          unrouted.map(({ reason }) => reason),
          expected === null ? ['no-route'] : [],
        );
      },
      trusting,
    )();
  });
}

tap.test('a PROXY header byte by byte before a header byte by byte; its bytes are not the connection’s', async () => {
  const seen: unknown[] = [];
  const handler: TSocketHandler = (socket, { clientIp }) => {
    seen.push(clientIp, socket.bytesRead - socket.readableLength);
    socket.pipe(socket);
  };
  const header = version2(1, 0x11, v4);
  await withProxy(
    () => [byHost(handler)],
    async ({ port }) => {
      const socket = await dial(port);
      await trickle(socket, Buffer.concat([header, Buffer.from(HEAD)]));
      socket.end('rest');
      assert.equal((await received(socket)).toString(), `${HEAD}rest`);
      assert.deepEqual(seen, ['203.0.113.7', header.length]);
    },
    trusting,
  )();
});

tap.test(
  'the conveyed address is the one that routes match and that events tell',
  withProxy(
    () => [any(tells('any'), ['203.0.113.0/24'])],
    async ({ port, unrouted }) => {
      assert.equal((await ask(port, 'PROXY TCP4 203.0.113.5 127.0.0.1 1 2\r\n'))?.label, 'any');
      assert.equal(await ask(port, 'PROXY TCP4 198.51.100.1 127.0.0.1 1 2\r\n'), null);
      assert.equal(unrouted[0]?.clientIp, '198.51.100.1');
    },
    trusting,
  ),
);

tap.test('a PROXY header, its end in one packet, and the end of the client', async () => {
  await withProxy(
    () => [any(echoes)],
    async ({ port }) => {
      const socket = await dial(port);
      socket.end('PROXY UNKNOWN\r\n');
      assert.equal((await received(socket)).length, 0);
    },
    trusting,
  )();
});

for (const options of [{ acceptProxyProtocol: true, proxyIPs: ['10.0.0.1'] }, { proxyIPs: ['127.0.0.1'] }, {}]) {
  tap.test(`a peer that is not trusted (${JSON.stringify(options)}): the header is its own bytes`, async () => {
    await withProxy(
      () => [any(echoes)],
      async ({ port }) => {
        const socket = await dial(port);
        socket.end('PROXY TCP4 203.0.113.5 127.0.0.1 1 2\r\n');
        assert.equal((await received(socket)).toString(), 'PROXY TCP4 203.0.113.5 127.0.0.1 1 2\r\n');
      },
      options,
    )();
  });
}

tap.test('a PROXY header before TLS', async () => {
  const { connect } = await import('node:tls');
  const certificate = makeCertificate('a.test');
  const route: IRouteConfig = {
    match: { ports: 0 },
    action: { type: 'socket-handler', socketHandler: tells('tls'), tls: { mode: 'terminate', certificate } },
  };
  await withProxy(
    () => [route],
    async ({ port }) => {
      const raw = await dial(port);
      raw.write(version2(1, 0x21, v6));
      const answer = await received(connect({ socket: raw, servername: 'a.test', ca: certificate.cert }));
      assert.match(answer.toString(), /"clientIp":"2001:db8::5".*"tlsVersion":"TLSv1.3"/);
    },
    trusting,
  )();
});

export default tap.start({ throwOnError: true });
