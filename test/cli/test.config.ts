import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { tap } from '@push.rocks/tapbundle';
import { check } from '../../ts/cli/check.js';
import { readConfig } from '../../ts/cli/config.js';
import { ConfigError } from '../../ts/cli/errors.js';
import { selfSigned } from '../../ts/cli/selfsigned.js';
import { ConfigFolder } from '../helpers/cli.js';

const folder = new ConfigFolder();
const [one, other] = [selfSigned(['localhost']), selfSigned(['localhost'])];
folder.write('key.pem', one.key);
folder.write('cert.pem', one.cert);
folder.write('other.pem', other.cert);
folder.write('token', `${'t'.repeat(20)}\n`);

const target = { host: '127.0.0.1', port: 3000 };
const forward = { type: 'forward', targets: [target] };
const route = { name: 'web', match: { ports: 0 }, action: forward };
const terminate = (certificate: unknown) => ({ action: { ...forward, tls: { mode: 'terminate', certificate } } });
const withRoute = (changes: object): object => ({ proxy: { routes: [{ ...route, ...changes }] } });
const withDns = (dns: object): object => ({
  proxy: { routes: [] },
  dns: { port: 0, zone: 'example.test', records: [], ...dns },
});
const withRecord = (record: object): object => ({
  proxy: { routes: [] },
  dns: { port: 0, zone: 'example.test', records: [{ name: 'www.example.test', ...record }] },
});

/** What is wrong with a configuration, without the name of its file. */
function problems(content: unknown): string[] {
  const file = folder.write('config.json', content);
  try {
    check(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((line) => (line.startsWith(file) ? line.slice(file.length) : `no file: ${line}`));
  }
  return [];
}

const WRONG: readonly (readonly [what: string, content: unknown, problem: RegExp])[] = [
  ['nothing in it', '', /^:1:1: is not JSON: Unexpected end of input/],
  ['half of an object', '{\n  "proxy": {', /^:2:\d+: is not JSON: /],
  ['not JSON', '{\n  "proxy": nope }', /^:2:12: is not JSON: Unexpected identifier 'nope' found\.$/],
  ['not an object', [], /^:1:1: the configuration must be an object with proxy, .*, not an array of 0$/],
  ['a key twice', '{ "proxy": { "routes": [] },\n  "proxy": { "routes": [] } }', /^:2:3: key "proxy" stands twice$/],
  ['no proxy', {}, /^:1:1: proxy is missing: it must be an object with host, routes/],
  ['an unknown option', { proxy: { routes: [] }, drain: 5 }, /^:5:3: drain is unknown: known here are proxy, dns, ops/],
  ['an unknown key in a route', withRoute({ mach: {} }), /proxy\.routes\[0\]\.mach is unknown: known here are name, /],
  ['a text for a port', withRoute({ match: { ports: '80' } }), /proxy\.routes\[0\]\.match\.ports must be .*, not "80"$/],
  ['a port too high', withRoute({ match: { ports: 65536 } }), /match\.ports must be a port number .*, not 65536$/],
  ['half a port', withRoute({ match: { ports: [80, 1.5] } }), /match\.ports\[1\] must be .*, not 1\.5$/],
  ['no ports', withRoute({ match: { ports: [] } }), /match\.ports must be a list with at least one port, not an array/],
  ['a range backwards', withRoute({ match: { ports: [{ from: 9, to: 8 }] } }), /ports\[0\] must be a range whose "from"/],
  ['a bad domain', withRoute({ match: { ports: 0, domains: ['a b'] } }), /match\.domains\[0\] must be a host .*"a b"$/],
  ['a bad client', withRoute({ match: { ports: 0, clientIp: ['me'] } }), /match\.clientIp\[0\] must be an address/],
  ['an impossible client', withRoute({ match: { ports: 0, clientIp: ['1.2.3.4/99'] } }), /^:\d+:\d+: proxy\.routes\[0\]\.match\.clientIp\[0\] must be an address, .*, not "1\.2\.3\.4\/99"$/],
  ['an unknown action', withRoute({ action: { ...forward, type: 'block' } }), /action\.type must be "forward", or .*, not "block"$/],
  ['an unknown handler', withRoute({ action: { type: 'socket-handler', socketHandler: 'mine' } }), /socketHandler must be "hello" .*"mine"$/],
  ['no target', withRoute({ action: { type: 'forward', targets: [] } }), /targets must be a list with at least one/],
  ['a target port of 0', withRoute({ action: { type: 'forward', targets: [{ ...target, port: 0 }] } }), /port must be .* 1 to/],
  ['an unknown TLS mode', withRoute({ action: { ...forward, tls: { mode: 'end' } } }), /tls\.mode must be .*, not "end"$/],
  ['no certificate', withRoute(terminate(undefined)), /tls\.certificate is missing: it must be \{ keyFile, certFile \}/],
  ['half a certificate', withRoute(terminate({ keyFile: 'key.pem' })), /certificate\.certFile is missing: it must be/],
  ['a missing certificate file', withRoute(terminate({ keyFile: 'key.pem', certFile: 'no.pem' })), /^:21:15: .*\.certFile names ".*no\.pem", which cannot be read: there is no such file$/],
  ['a folder as a key', withRoute(terminate({ keyFile: '.', certFile: 'cert.pem' })), /keyFile names .*: it is a directory$/],
  ['another key', withRoute(terminate({ keyFile: 'key.pem', certFile: 'other.pem' })), /tls\.certificate must be a key and the/],
  ['no PEM', withRoute(terminate({ key: 'secret', cert: one.cert })), /tls\.certificate\.key must be a private key in PEM: /],
  ['PROXY without peers', { proxy: { routes: [], acceptProxyProtocol: true } }, /^:\d+:\d+: proxy\.proxyIPs is missing: it must list/],
  ['a reserved name', withRoute({ name: '_unrouted' }), /^:\d+:\d+: proxy\.routes\[0\]\.name must be a name other than .*, not "_unrouted"$/],
  ['no zone', { proxy: { routes: [] }, dns: { port: 0, records: [] } }, /dns\.zone is missing/],
  ['IPv6 for SmartDNS itself', withDns({ host: '::1', front: false }), /dns\.host must be an IPv4 address where "front" is false .*, not "::1"$/],
  ['a name for DNS', withDns({ host: 'localhost' }), /dns\.host must be an IPv4 or IPv6 address, not "localhost"$/],
  ['a front that is none', withDns({ front: true }), /dns\.front must be false, or an object with cache, doh, not true$/],
  ['an unknown part of the front', withDns({ front: { cash: {} } }), /dns\.front\.cash is unknown: known here are cache, doh$/],
  ['an unknown option of the cache', withDns({ front: { cache: { ttl: 1 } } }), /dns\.front\.cache\.ttl is unknown: known here are coalesce, maxTtl/],
  ['a cache of nothing', withDns({ front: { cache: { maxEntries: 0 } } }), /dns\.front\.cache\.maxEntries must be a whole number from 1 to/],
  ['DoH without a certificate', withDns({ front: { doh: { port: 0 } } }), /dns\.front\.doh must be \{ port, keyFile, certFile \} or/],
  ['DoH with half a certificate', withDns({ front: { doh: { port: 0, keyFile: 'key.pem' } } }), /dns\.front\.doh\.certFile is missing/],
  ['DoH with another key', withDns({ front: { doh: { port: 0, keyFile: 'key.pem', certFile: 'other.pem' } } }), /dns\.front\.doh must be a key and the certificate of that key/],
  ['an unknown type', withRecord({ type: 'CAA', data: 'x' }), /records\[0\]\.type must be one of A, AAAA, .*, not "CAA"$/],
  ['a bad owner', withRecord({ type: 'A', name: 'a..b', data: '192.0.2.1' }), /records\[0\]\.name must be .*, not "a\.\.b"$/],
  ['a relative owner', withRecord({ type: 'A', name: 'www', data: '192.0.2.1' }), /records\[0\]\.name must be a whole name, such as "www\.example\.test", not "www"$/],
  ['IPv6 as A', withRecord({ type: 'A', data: '::1' }), /records\[0\]\.data must be an IPv4 address, not "::1"$/],
  ['a ttl of 0', withRecord({ type: 'A', data: '192.0.2.1', ttl: 0 }), /records\[0\]\.ttl must be a whole number from 1 to/],
  ['a long text', withRecord({ type: 'TXT', data: 'x'.repeat(256) }), /records\[0\]\.data must be a text of at most 255 bytes/],
  ['a preference too high', withRecord({ type: 'MX', data: { preference: 70000, exchange: 'a' } }), /data\.preference must be/],
  ['a token too short', { proxy: { routes: [] }, ops: { token: 'short' } }, /^:\d+:\d+: ops\.token must be at least 16 .*, not 5 characters$/],
  ['a token file with too little', { proxy: { routes: [] }, ops: { tokenFile: 'cert.pem' } }, /^:\d+:\d+: ops\.tokenFile must hold at least 16 visible/],
  ['an impossible peer', { proxy: { routes: [], proxyIPs: ['1.2.3.999'] } }, /^:\d+:\d+: proxy\.proxyIPs\[0\] must be an address, .*, not "1\.2\.3\.999"$/],
  ['two tokens', { proxy: { routes: [] }, ops: { token: 't'.repeat(20), tokenFile: 'token' } }, /tokenFile must be left out/],
  ['a missing token file', { proxy: { routes: [] }, ops: { tokenFile: 'no' } }, /ops\.tokenFile names .*no", which cannot be read/],
  ['ops for all without a token', { proxy: { routes: [] }, ops: { host: '0.0.0.0' } }, /^:\d+:\d+: ops\.host must be an address that no other machine .*"token" .*, not "0\.0\.0\.0"$/],
  ['a bad prefix', { proxy: { routes: [] }, metrics: { prefix: 'a-b' } }, /metrics\.prefix must be .*, not "a-b"$/],
  ['more shown than kept', { proxy: { routes: [] }, metrics: { topLists: { capacity: 5, shown: 6 } } }, /^: option "topLists\.shown"/],
]; // prettier-ignore

tap.test('every mistake is one line with file, place, path, rule and value', async () => {
  for (const [what, content, problem] of WRONG) {
    const found = problems(content);
    assert.equal(found.length, 1, `${what}: ${found.join('\n')}`);
    assert.match(found[0] ?? '', problem, what);
  }
});

tap.test('all problems are listed, each at its own place', async () => {
  const config = '{\n  "proxy": {\n    "routes": [\n      { "name": 5 },\n      7\n    ],\n    "hots": 1\n  }\n}';
  const places = problems(config).map((line) => line.split(' must')[0]?.split(' is ')[0]);
  assert.deepEqual(places.toSorted(), [
    ':4:7: proxy.routes[0].action',
    ':4:7: proxy.routes[0].match',
    ':4:9: proxy.routes[0].name',
    ':5:7: proxy.routes[1]',
    ':7:5: proxy.hots',
  ]);
});

tap.test('a route name that stands twice is named at both places', async () => {
  const routes = [route, { ...route, name: 'api' }, route];
  const [problem, ...more] = problems({ proxy: { routes } });
  assert.deepEqual(more, []);
  assert.match(
    problem ?? '',
    /proxy\.routes\[2\]\.name must be unique .* \(proxy\.routes\[0\] has it already\), not "web"$/,
  );
});

tap.test('a name with a CNAME has nothing else', async () => {
  const records = [
    { name: 'a.example.test', type: 'CNAME', data: 'b.example.test' },
    { name: 'A.example.test.', type: 'A', data: '192.0.2.1' },
  ];
  const [problem, ...more] = problems({ proxy: { routes: [] }, dns: { port: 0, zone: 'example.test', records } });
  assert.deepEqual(more, []);
  assert.match(problem ?? '', /dns\.records\[0\] must be the only record of its name .*dns\.records\[1\]/);
});

tap.test('secrets are in no message', async () => {
  const secret = '314159';
  const told = [
    ...problems({ proxy: { routes: [] }, ops: { token: Number(secret) } }),
    ...problems({ proxy: { routes: [] }, ops: { token: secret } }),
    ...problems(withRoute(terminate({ key: secret, cert: secret }))),
  ];
  assert.deepEqual(told.length, 4);
  assert.deepEqual(
    told.filter((line) => line.includes(secret)),
    [],
  );
});

tap.test('a file that is not there or may not be read is one problem', async () => {
  const file = folder.write('closed.json', { proxy: { routes: [] } });
  chmodSync(file, 0);
  for (const path of [`${folder.path}/none.json`, folder.path]) {
    assert.throws(() => readConfig(path), /cannot be read: (there is no such file|it is a directory)$/);
  }
  // Root may read everything.
  if (process.getuid?.() !== 0) assert.throws(() => readConfig(file), /permission denied/);
});

tap.test('a right configuration is read with its files, defaults and canonical names', async () => {
  const file = folder.write(
    'right.jsonc',
    `\ufeff// with comments
{
  "proxy": { "routes": [
    { "name": "tls", "match": { "ports": [{ "from": 1, "to": 2 }], "domains": "*.example.test" },
      "action": { "type": "forward", "targets": [{ "host": "::1", "port": 1 }],
        "tls": { "mode": "terminate", "certificate": { "keyFile": "key.pem", "certFile": "./cert.pem" } } } }, /* and a final comma */
  ] },
  "dns": { "port": 53, "zone": "example.test", "records": [
    { "name": "WWW.Example.test.", "type": "AAAA", "data": "::ffff:192.0.2.1" },
    { "name": "example.test", "type": "MX", "data": { "preference": 0, "exchange": "." } },
  ] },
  "ops": { "tokenFile": "token" },
}`,
  );
  const config = readConfig(file);
  assert.deepEqual(config.proxy.routes[0]?.action.tls?.certificate, { key: one.key, cert: one.cert });
  assert.deepEqual(config.ops.token, 't'.repeat(20));
  assert.deepEqual(config.drainMs, 5000);
  assert.deepEqual(config.dns?.host, '127.0.0.1');
  assert.deepEqual(config.dns?.records[0], { name: 'www.example.test', type: 'AAAA', data: '::ffff:c000:201' });
  assert.deepEqual(config.dns?.records[1]?.data, { preference: 0, exchange: '.' });
  folder.remove();
});

export default tap.start({ throwOnError: true });
