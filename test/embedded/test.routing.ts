import assert from 'node:assert/strict';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import type { IRouteConfig } from '../../ts/interfaces/smartproxy.js';
import { until } from '../helpers/wait.js';
import { ask, run, tells, withProxy } from './support.js';

const route = (name: string, domains?: string | string[], more: Partial<IRouteConfig> = {}): IRouteConfig => ({
  name,
  match: { ports: 0, domains },
  action: { type: 'socket-handler', socketHandler: tells(name) },
  ...more,
});
const get = (host: string): string => `GET /a/b?c=d HTTP/1.1\r\nHost: ${host}\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n`;

const table: { what: string; routes: IRouteConfig[]; hosts: Record<string, string | null> }[] = [
  {
    what: 'exact before wildcard, longest wildcard first, whatever the order',
    routes: [
      route('any', '*'),
      route('wide', '*.example.com'),
      route('long', '*.a.example.com'),
      route('exact', 'x.a.example.com'),
    ],
    hosts: {
      'x.a.example.com': 'exact',
      'X.A.Example.COM:8080': 'exact',
      'x.a.example.com.': 'exact',
      'y.a.example.com': 'long',
      'y.b.example.com': 'wide',
      'y.z.b.example.com': 'wide',
      'example.com': 'any',
      '.example.com': 'any',
    },
  },
  {
    what: 'priority before closeness',
    routes: [
      route('exact', 'a.test'),
      route('wild', '*.test', { priority: 5 }),
      route('low', 'a.test', { priority: -1 }),
    ],
    hosts: { 'a.test': 'wild', 'b.test': 'wild', test: null },
  },
  {
    what: 'the first of equals, and a list of domains',
    routes: [route('one', ['a.test', 'b.test']), route('two', ['b.test', 'c.test'])],
    hosts: { 'a.test': 'one', 'b.test': 'one', 'c.test': 'two', 'd.test': null, '': null },
  },
  {
    what: 'a route without domains takes what is left',
    routes: [route('rest'), route('named', 'a.test')],
    hosts: { 'a.test': 'named', 'b.test': 'rest', '': 'rest' },
  },
  {
    what: 'star in the middle and at the end',
    routes: [route('middle', 'api-*.test'), route('end', 'www.*')],
    hosts: { 'api-1.test': 'middle', 'api-.test': null, 'www.a': 'end', 'www.': null },
  },
];

for (const { what, routes, hosts } of table) {
  tap.test(
    what,
    withProxy(
      () => routes,
      async ({ port }) => {
        for (const [host, expected] of Object.entries(hosts)) {
          assert.equal((await ask(port, get(host)))?.label ?? null, expected, host);
        }
      },
    ),
  );
}

const byAddress = (name: string, clientIp: string[]): IRouteConfig => ({
  ...route(name),
  match: { ports: 0, clientIp },
});
const addresses: [string[], boolean][] = [
  [['127.0.0.1'], true],
  [['127.0.0.2'], false],
  [['10.0.0.0/8', '127.0.0.0/8'], true],
  [['127.0.*'], true],
  [['127.0.0.*'], true],
  [['127.0.1.*'], false],
  [['127.1.*.*'], false],
  [['::1'], false],
  [['*'], true],
];
for (const [clientIp, matches] of addresses) {
  tap.test(
    `clientIp ${clientIp.join(' ')} before a route for everybody: ${matches}`,
    withProxy(
      () => [route('rest'), byAddress('mine', clientIp)],
      async ({ port }) => assert.equal((await ask(port, ''))?.label, matches ? 'mine' : 'rest'),
    ),
  );
}

tap.test(
  'the context is whole',
  withProxy(
    () => [route('first', 'a.test', { id: 'id-1' })],
    async ({ port }) => {
      const before = Date.now();
      const told = await ask(port, get('A.test:99'));
      const { connectionId, timestamp, ...rest } = told ?? assert.fail('no answer');
      assert.deepEqual(rest, {
        label: 'first',
        port,
        domain: 'a.test',
        clientIp: '127.0.0.1',
        serverIp: '127.0.0.1',
        path: '/a/b',
        query: 'c=d',
        headers: { host: 'A.test:99', 'x-two': '1, 2' },
        isTls: false,
        routeName: 'first',
        routeId: 'id-1',
      });
      assert.ok(timestamp >= before && timestamp <= Date.now());
      assert.notEqual((await ask(port, get('a.test')))?.connectionId, connectionId);
    },
  ),
);

tap.test(
  'nothing is read where nothing has to be: a server may speak first',
  withProxy(
    () => [route('tcp')],
    async ({ port, proxy }) => {
      assert.equal((await ask(port, ''))?.label, 'tcp');
      assert.equal(proxy.pendingCount(), 0);
    },
  ),
);

tap.test(
  'bytes that are no HTTP go to the route without domains, or nowhere',
  withProxy(
    () => [route('rest'), route('named', ['a.test', '*.test'])],
    async ({ port }) => {
      for (const data of [
        '\x00\x01\x02',
        'SSH-2.0-x\r\n',
        'get / HTTP/1.1',
        'GET / RTSP/1.0\r\n\r\n',
        'A'.repeat(30),
      ]) {
        assert.equal((await ask(port, data))?.label, 'rest', JSON.stringify(data));
      }
      const two = 'GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n';
      assert.equal((await ask(port, two))?.label, 'rest');
    },
  ),
);

tap.test(
  'a target in absolute form names the host, whatever the header says; its path is a path',
  withProxy(
    () => [route('a', 'a.test'), route('b', '*.b.test')],
    async ({ port }) => {
      const absolute = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a.test\r\n\r\n`;
      for (const [target, label, path, query] of [
        ['http://x.b.test/p?q', 'b', '/p', 'q'],
        ['HTTPS://X.B.TEST:8443', 'b', '/', undefined],
        ['http://x.b.test?q=/', 'b', '/', 'q=/'],
        ['/http://x.b.test/', 'a', '/http://x.b.test/', undefined],
      ] as const) {
        const told = await ask(port, absolute(target));
        assert.deepEqual([told?.label, told?.path, told?.query], [label, path, query], target);
      }
      assert.equal(await ask(port, absolute('http://c.test/')), null);
    },
  ),
);

tap.test(
  'what is no name matches no domain',
  withProxy(
    () => [route('named', '*.test')],
    async ({ port, unrouted }) => {
      const hosts = [
        'c.example\nHost: a.test',
        'a\0.test',
        'user@a.test',
        'c.example/.test',
        'a b.test',
        'a\xff.test',
        'a,b.test',
      ];
      for (const [index, host] of hosts.entries()) {
        assert.equal(await ask(port, Buffer.from(get(host), 'latin1')), null, JSON.stringify(host));
        await until(() => unrouted.length === index + 1, 'the event');
      }
      assert.equal((await ask(port, get('A_1-b.TEST.:80')))?.domain, 'a_1-b.test');
    },
  ),
);

tap.test(
  'no match: closed, told once, with its bytes',
  withProxy(
    () => [route('named', 'a.test')],
    async ({ port, unrouted, proxy }) => {
      assert.equal(await ask(port, get('b.test')), null);
      await until(() => unrouted.length > 0, 'the event');
      const [{ durationMs, ...event }] = unrouted as [(typeof unrouted)[number]];
      assert.deepEqual(event, { clientIp: '127.0.0.1', port, bytesIn: get('b.test').length, reason: 'no-route' });
      assert.ok(durationMs >= 0 && durationMs < 5000);
      await proxy.stop({ drainMs: 0 });
      assert.equal(unrouted.length, 1);
      assert.equal(proxy.pendingCount(), 0);
    },
  ),
);

tap.test('ports: a number, a list, ranges, and several at once; IPv6', async () => {
  const first = await run([route('x')]);
  const base = first.port;
  await first.proxy.stop();
  const ports = [base, { from: base, to: base }, 0];
  const { proxy } = await run([{ ...route('x'), match: { ports } }], { host: '::1' });
  try {
    const bound = proxy.getListeningPorts();
    assert.equal(bound.length, 2);
    assert.equal(bound[0], base);
    for (const port of bound) {
      const told = await ask(port, '', '::1');
      assert.deepEqual([told?.clientIp, told?.serverIp, told?.port], ['::1', '::1', port]);
    }
  } finally {
    await proxy.stop();
  }
});

tap.test('IPv4 clients of a dual-stack listener have an IPv4 address', async () => {
  const { proxy, port } = await run([route('x')], { host: '::' });
  const told = await ask(port, '', '127.0.0.1');
  assert.deepEqual([told?.clientIp, told?.serverIp], ['127.0.0.1', '127.0.0.1']);
  await proxy.stop();
});

tap.test('loopback is the default', async () => {
  const { proxy, port } = await run([route('x')]);
  const socket = net.connect(port, '127.0.0.2');
  const code = await new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once('connect', () => resolve('connected'));
  });
  socket.destroy();
  assert.equal(code, 'ECONNREFUSED');
  await proxy.stop();
});

export default tap.start({ throwOnError: true });
