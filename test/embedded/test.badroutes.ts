import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import { RoutemeterError } from '../../ts/shared/errors.js';
import { routeKey } from '../../ts/shared/routekey.js';
import { makeCertificate } from '../helpers/certificate.js';

const [one, two] = [makeCertificate('one.test'), makeCertificate('two.test')];
const good = { name: 'a', match: { ports: 0 }, action: { type: 'socket-handler', socketHandler: () => undefined } };
const match = (more: object): object => ({ ...good, match: { ports: 0, ...more } });
const action = (more: object): object => ({ ...good, action: { ...good.action, ...more } });
const forward = (targets: unknown): object => ({ ...good, action: { type: 'forward', targets } });
const tls = (more: object): object => action({ tls: { mode: 'terminate', ...more } });

const INVALID = 'ERR_ROUTE_INVALID';
const routes: [string, unknown[], string, RegExp][] = [
  ['not an object', [7], INVALID, /route 0: a route must be an object, not 7/],
  ['nothing', [null], INVALID, /route 0/],
  ['no match', [{ ...good, match: undefined }], INVALID, /route "a": match must be an object, not undefined/],
  ['no action', [{ ...good, action: 'x' }], INVALID, /route "a": action must be an object, not "x"/],
  ['the second', [good, { match: { ports: 1 }, action: {} }], INVALID, /route 1: action.type/],
  ['name', [{ ...good, name: '' }], INVALID, /name must be a text, not ""/],
  ['id', [{ ...good, id: 5 }], INVALID, /id must be a text, not 5/],
  ['priority', [{ ...good, priority: 'high' }], INVALID, /priority must be a number, not "high"/],
  ['no ports', [match({ ports: undefined })], INVALID, /match.ports must be .*, not undefined/],
  ['port as text', [match({ ports: '80' })], INVALID, /match.ports .* not "80"/],
  ['port too high', [match({ ports: 65_536 })], INVALID, /match.ports .* not 65536/],
  ['empty list of ports', [match({ ports: [] })], INVALID, /match.ports/],
  ['range backwards', [match({ ports: [{ from: 5, to: 4 }] })], INVALID, /match.ports .* not an object/],
  ['domain with two stars', [match({ domains: '*.*.test' })], INVALID, /match.domains .* not "\*\.\*\.test"/],
  ['empty domain', [match({ domains: ['a.test', ''] })], INVALID, /match.domains .* not ""/],
  ['no domain in the list', [match({ domains: [] })], INVALID, /match.domains/],
  [
    'clientIp',
    [match({ clientIp: ['10.0.0.0/33'] })],
    INVALID,
    /match.clientIp\[0\] must be an address, .*, not "10\.0\.0\.0\/33"$/,
  ],
  ['clientIp by name', [match({ clientIp: ['localhost'] })], INVALID, /match.clientIp\[0\] .*localhost/],
  ['clientIp out of range', [match({ clientIp: ['10.999.*'] })], INVALID, /match.clientIp/],
  ['clientIp not a list', [match({ clientIp: '127.0.0.1' })], INVALID, /match.clientIp must be a list .*, not "127/],
  ['no clientIp in the list', [match({ clientIp: [] })], INVALID, /match.clientIp/],
  [
    'path',
    [match({ path: '/x' })],
    INVALID,
    /match.path must be absent .*ports, domains, clientIp.*SmartProxy.*, not "\/x"/,
  ],
  ['security', [{ ...good, security: {} }], INVALID, /security must be absent .*SmartProxy/],
  ['action type', [action({ type: 'redirect' })], INVALID, /action.type .* not "redirect"/],
  ['no handler', [action({ socketHandler: undefined })], INVALID, /action.socketHandler must be a function/],
  ['no targets', [forward(undefined)], INVALID, /action.targets must be/],
  ['empty targets', [forward([])], INVALID, /action.targets must be/],
  ['target host', [forward([{ host: '', port: 1 }])], INVALID, /action.targets\[0\].host .* not ""/],
  [
    'target port',
    [
      forward([
        { host: 'a', port: 1 },
        { host: 'a', port: 0 },
      ]),
    ],
    INVALID,
    /targets\[1\].port .* not 0/,
  ],
  ['reencrypt', [action({ tls: { mode: 'terminate-and-reencrypt' } })], INVALID, /tls.mode .*SmartProxy/],
  ['tls mode', [action({ tls: {} })], INVALID, /action.tls.mode/],
  ['duplicate', [good, { ...good, match: { ports: 1 } }], 'ERR_ROUTE_DUPLICATE', /"a"/],
  ['reserved', [{ ...good, name: '_overflow' }], 'ERR_ROUTE_RESERVED', /"_overflow"/],
  ['no certificate', [tls({})], 'ERR_CERTIFICATE', /route "a": action.tls.certificate .* not undefined/],
  ['auto', [tls({ certificate: 'auto' })], 'ERR_CERTIFICATE', /SmartProxy.* not "auto"/],
  ['empty certificate', [tls({ certificate: { key: '', cert: '' } })], 'ERR_CERTIFICATE', /route "a"/],
  ['no key', [tls({ certificate: { key: '', cert: one.cert } })], 'ERR_CERTIFICATE', /without PEM/],
  ['wrong key', [tls({ certificate: { key: one.key, cert: two.cert } })], 'ERR_CERTIFICATE', /mismatch/],
  ['bad PEM', [tls({ certificate: { key: one.key, cert: '-----BEGIN' } })], 'ERR_CERTIFICATE', /Node refuses/],
];
for (const [what, bad, code, message] of routes) {
  tap.test(`refused: ${what}`, async () => {
    assert.throws(
      () => new EmbeddedProxy({ routes: bad as never }),
      (error) => {
        assert.ok(error instanceof RoutemeterError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

const options: [object | undefined, string, RegExp][] = [
  [undefined, 'ERR_OPTION_INVALID', /takes an object/],
  [{}, 'ERR_OPTION_INVALID', /"routes" must be a list of routes, not undefined/],
  [{ routes: [], port: 1 }, 'ERR_OPTION_UNKNOWN', /no option "port"/],
  [{ routes: [], host: '' }, 'ERR_OPTION_INVALID', /"host"/],
  [{ routes: [], host: 7 }, 'ERR_OPTION_INVALID', /"host"/],
  [{ routes: [], headTimeoutMs: 0 }, 'ERR_OPTION_INVALID', /"headTimeoutMs".* not 0/],
  [{ routes: [], maxConnections: 1.5 }, 'ERR_OPTION_INVALID', /"maxConnections".* not 1.5/],
  [{ routes: [], acceptProxyProtocol: 'yes' }, 'ERR_OPTION_INVALID', /"acceptProxyProtocol"/],
  [{ routes: [], acceptProxyProtocol: true }, 'ERR_OPTION_INVALID', /"proxyIPs"/],
  [
    { routes: [], acceptProxyProtocol: true, proxyIPs: ['lb'] },
    'ERR_OPTION_INVALID',
    /"proxyIPs\[0\]" must be an address, .*, not "lb"$/,
  ],
];
for (const [bad, code, message] of options) {
  tap.test(`refused: ${message.source}`, async () => {
    assert.throws(() => new EmbeddedProxy(bad as never), { code, message });
  });
}

tap.test('stop checks its options', async () => {
  const proxy = new EmbeddedProxy({ routes: [] });
  await assert.rejects(proxy.stop({ drainMs: -1 }), { code: 'ERR_OPTION_INVALID' });
  await assert.rejects(proxy.stop({ drain: 1 } as never), { code: 'ERR_OPTION_UNKNOWN' });
});

tap.test('fields that are undefined, and routes without names that match the same, are fine', async () => {
  const unnamed = {
    ...good,
    name: undefined,
    id: undefined,
    priority: undefined,
    match: { ports: 0, path: undefined },
  };
  const proxy = new EmbeddedProxy({ routes: [unnamed, unnamed] as never, host: undefined });
  assert.equal(proxy.settings.routes.length, 2);
});

tap.test('the key of a route', async () => {
  const keys: [Parameters<typeof routeKey>[0], string][] = [
    [{ name: 'n', id: 'i', match: { ports: 1 } }, 'n'],
    [{ id: 'i', match: { ports: 1 } }, 'i'],
    [{ match: { ports: 443 } }, '443'],
    [{ match: { ports: 443, domains: 'a.test' } }, '443:a.test'],
    [
      { match: { ports: [80, { from: 8000, to: 8010 }], domains: ['a.test', '*.a.test'] } },
      '80,8000-8010:a.test,*.a.test',
    ],
    [{ match: { ports: 443, domains: 'a.test', path: '/api/*' } }, '443:a.test/api/*'],
    [{ match: { ports: 443, path: '/api' } }, '443:/api'],
  ];
  for (const [route, key] of keys) assert.equal(routeKey(route), key);
});

export default tap.start({ throwOnError: true });
