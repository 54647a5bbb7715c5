import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { readConfig } from '../../ts/cli/config.js';
import { selfSigned } from '../../ts/cli/selfsigned.js';
import { ConfigError } from '../../ts/cli/errors.js';
import { ConfigFolder } from '../helpers/cli.js';

const folder = new ConfigFolder();
process.once('exit', () => folder.remove());

const action = { type: 'socket-handler', socketHandler: 'echo' };
const passthrough = { type: 'forward', targets: [{ host: '127.0.0.1', port: 1 }], tls: { mode: 'passthrough' } };
const route = (name: string, match: object, more: object = {}): object => ({ name, match, action, ...more });

/** What is wrong, without the name of the file. */
function problems(content: object): string[] {
  const file = folder.write('config.json', content);
  try {
    readConfig(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((line) => line.replace(file, ''));
  }
  return [];
}

tap.test('a route on the port of the ops server is refused by both names, where their addresses meet', async () => {
  const token = 't'.repeat(20);
  const table: [proxyHost: string | undefined, ports: unknown, ops: object | undefined, problem: boolean][] = [
    [undefined, 9464, undefined, true],
    [undefined, 9464, {}, true],
    [undefined, 1234, { port: 1234 }, true],
    [undefined, [80, { from: 1230, to: 1240 }], { port: 1234 }, true],
    ['0.0.0.0', 1234, { port: 1234 }, true],
    ['::', 1234, { port: 1234 }, true],
    ['::', 1234, { port: 1234, host: '::1' }, true],
    ['::1', 1234, { port: 1234, host: '::', token }, true],
    ['0.0.0.0', 1234, { port: 1234, host: '::1' }, false],
    ['192.0.2.1', 1234, { port: 1234, host: '0.0.0.0', token }, true],
    ['0:0:0:0:0:0:0:1', 1234, { port: 1234, host: '::1' }, true],
    [undefined, 1234, { port: 9464 }, false],
    [undefined, [80, { from: 1235, to: 1240 }], { port: 1234 }, false],
    [undefined, 0, { port: 0 }, false],
    [undefined, 9464, { port: 0 }, false],
    ['192.0.2.1', 1234, { port: 1234 }, false],
    ['::1', 1234, { port: 1234, host: '0.0.0.0', token }, false],
    ['::1', 1234, { port: 1234 }, false],
  ];
  for (const [host, ports, ops, problem] of table) {
    const routes = [route('other', { ports: 1 }), route('web', { ports })];
    const found = problems({ proxy: { host, routes }, ops });
    const row = JSON.stringify([host, ports, ops]);
    assert.equal(found.length, problem ? 1 : 0, `${row}: ${found.join('\n')}`);
    if (!problem) continue;
    assert.match(
      found[0] ?? '',
      /^:\d+:\d+: ops\.port must be a port of its own: .* route "web" \(proxy\.routes\[1\]\)/,
      row,
    );
    assert.ok(
      found[0]?.includes(ops !== undefined && 'port' in ops ? ': 1234 is' : ': 9464, which it is unless set'),
      row,
    );
  }
});

tap.test('DNS over TCP and HTTPS has ports of its own among all that listen', async () => {
  const pair = selfSigned(['localhost']);
  const dns = (port: number, front: unknown, host?: string): object => ({ host, port, front, zone: 'a', records: [] });
  const doh = (port: number): object => ({ doh: { port, ...pair } });
  const table: [ports: number, ops: number, dns: object, problem: string | null][] = [
    [53, 1, dns(53, {}), 'dns.port must be a port of its own: 53 is one of route "web" (proxy.routes[0]), on the same address'],
    [53, 1, dns(53, undefined), 'dns.port must be a port of its own: 53 is one of route "web" (proxy.routes[0]), on the same address'],
    [53, 1, dns(53, false), null],
    [53, 1, dns(53, {}, '::1'), null],
    [80, 53, dns(53, {}), 'dns.port must be a port of its own: 53 is ops.port, on the same address'],
    [80, 53, dns(53, false), null],
    [80, 1, dns(53, doh(80)), 'dns.front.doh.port must be a port of its own: 80 is one of route "web" (proxy.routes[0]), on the same address'],
    [80, 1, dns(53, doh(1)), 'dns.front.doh.port must be a port of its own: 1 is ops.port, on the same address'],
    [80, 1, dns(53, doh(53)), 'dns.front.doh.port must be a port of its own: 53 is dns.port, on the same address'],
    [80, 1, dns(53, doh(443)), null],
    [80, 1, dns(0, doh(0)), null],
  ]; // prettier-ignore
  for (const [ports, port, given, problem] of table) {
    const found = problems({ proxy: { routes: [route('web', { ports })] }, ops: { port }, dns: given });
    assert.deepEqual(found.map((line) => line.replace(/^[:\d ]+/, '')), problem === null ? [] : [problem]); // prettier-ignore
  }
});

tap.test('a route that another takes everything from is refused by both names', async () => {
  const both: [what: string, first: object, second: object, hidden: boolean][] = [
    ['the same', { ports: 80 }, { ports: 80 }, true],
    ['the same port, written otherwise', { ports: 80 }, { ports: [{ from: 80, to: 80 }] }, true],
    ['ports in another order', { ports: [80, 443] }, { ports: [443, 80] }, true],
    ['a port of a range', { ports: [{ from: 80, to: 90 }] }, { ports: 85 }, true],
    ['ranges that touch', { ports: [{ from: 80, to: 84 }, { from: 85, to: 90 }] }, { ports: [{ from: 82, to: 88 }] }, true],
    ['a domain, written otherwise', { ports: 80, domains: 'a.test' }, { ports: 80, domains: ['A.test.'] }, true],
    ['one of several domains', { ports: 80, domains: ['b.test', 'a.test'] }, { ports: 80, domains: 'a.test' }, true],
    ['clients in another order', { ports: 80, clientIp: ['10.0.*', '::1'] }, { ports: 80, clientIp: ['::1', '10.0.*'] }, true],
    ['another port', { ports: 80 }, { ports: 81 }, false],
    ['one port more', { ports: 80 }, { ports: [80, 81] }, false],
    ['a range that is longer', { ports: [{ from: 80, to: 90 }] }, { ports: [{ from: 85, to: 91 }] }, false],
    ['another domain', { ports: 80, domains: 'a.test' }, { ports: 80, domains: 'b.test' }, false],
    ['one domain more', { ports: 80, domains: 'a.test' }, { ports: 80, domains: ['a.test', 'b.test'] }, false],
    ['a domain below a wildcard', { ports: 80, domains: '*.a.test' }, { ports: 80, domains: 'b.a.test' }, false],
    ['a domain after none', { ports: 80 }, { ports: 80, domains: 'a.test' }, false],
    ['none after a domain', { ports: 80, domains: '*' }, { ports: 80 }, false],
    ['some clients after all', { ports: 80 }, { ports: 80, clientIp: ['10.0.*'] }, false],
    ['other clients', { ports: 80, clientIp: ['10.1.*'] }, { ports: 80, clientIp: ['10.0.*'] }, false],
  ]; // prettier-ignore
  for (const [what, first, second, hidden] of both) {
    const found = problems({ proxy: { routes: [route('one', first), route('two', second)] } });
    const told = /^:\d+:\d+: proxy\.routes\[1\]\.match must ask for something that route "one" \(proxy\.routes\[0\]\) does not, .* route "two" \(proxy\.routes\[1\]\)$/; // prettier-ignore
    assert.equal(found.length, hidden ? 1 : 0, `${what}: ${found.join('\n')}`);
    if (hidden) assert.match(found[0] ?? '', told, what);
  }
});

tap.test('what tells two routes apart: the order that priorities give, and TLS', async () => {
  const match = { ports: 80, domains: 'a.test' };
  assert.deepEqual(problems({ proxy: { routes: [route('one', match, { priority: 1 }), route('two', match)] } }), []);
  assert.equal(problems({ proxy: { routes: [route('one', match, { priority: 0 }), route('two', match)] } }).length, 1);
  const secure = route('two', match, { action: passthrough });
  assert.deepEqual(problems({ proxy: { routes: [route('one', match), secure] } }), []);
});

tap.test('ten thousand routes are compared at once', async () => {
  const routes = Array.from({ length: 10_000 }, (_, index) =>
    route(`r${index}`, { ports: 443, domains: [`a${index}.test`, `b${index}.test`] }),
  );
  const before = process.cpuUsage();
  const found = problems({ proxy: { routes: [...routes, route('last', { ports: 443, domains: 'b9999.test' })] } });
  assert.equal(found.length, 1);
  assert.match(found[0] ?? '', /"r9999" .*"last"/);
  // Of CPU: comparing each with each takes minutes.
  assert.ok(process.cpuUsage(before).user < 10e6);
});

export default tap.start({ throwOnError: true });
