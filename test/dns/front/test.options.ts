import * as assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns } from '../../../ts/dns/index.js';
import { idleServer, LOOPBACK } from './support.js';

const udp = [{ host: LOOPBACK, port: 5_300 }];
const upstream = { host: LOOPBACK, port: 5_301 };

const MISTAKES: readonly (readonly [what: string, options: unknown, code: string, text: RegExp])[] = [
  ['no address', { upstream }, 'ERR_OPTION_INVALID', /udp, tcp or doh/],
  ['a list that is none', { udp: udp[0], upstream }, 'ERR_OPTION_INVALID', /front\.udp/],
  ['a name for an address', { udp: [{ host: 'localhost', port: 53 }], upstream }, 'ERR_OPTION_INVALID', /front\.udp\[0\]\.host/],
  ['a port past the last', { tcp: [{ host: '::', port: 65_536 }], upstream }, 'ERR_OPTION_INVALID', /front\.tcp\[0\]\.port/],
  ['no port', { tcp: [{ host: '::' }], upstream }, 'ERR_OPTION_INVALID', /front\.tcp\[0\]\.port/],
  ['DoH that is no list', { doh: {}, upstream }, 'ERR_OPTION_INVALID', /front\.doh/],
  ['DoH without a certificate', { doh: udp, upstream }, 'ERR_CERTIFICATE', /"front\.doh\[0\]\.key" must be PEM text/],
  ['DoH with a bad certificate', { doh: [{ ...udp[0], key: 'x', cert: 'y' }], upstream }, 'ERR_CERTIFICATE', /"front\.doh\[0\]" has no usable pair/],
  ['DoH with what nobody knows', { doh: [{ ...udp[0], key: 'x', cert: 'y', path: '/' }], upstream }, 'ERR_OPTION_UNKNOWN', /path/],
  ['no upstream', { udp }, 'ERR_OPTION_INVALID', /front\.upstream/],
  ['an upstream on port 0', { udp, upstream: { host: LOOPBACK, port: 0 } }, 'ERR_OPTION_INVALID', /front\.upstream\.port/],
  ['an upstream elsewhere', { udp, upstream: { host: '192.0.2.1', port: 53 } }, 'ERR_FRONT_UPSTREAM', /loopback/],
  ['an upstream on any address', { udp, upstream: { host: '0.0.0.0', port: 53 } }, 'ERR_FRONT_UPSTREAM', /loopback/],
  ['an upstream elsewhere in IPv6', { udp, upstream: { host: '2001:db8::1', port: 53 } }, 'ERR_FRONT_UPSTREAM', /loopback/],
  ['the front itself as upstream', { udp, upstream: udp[0] }, 'ERR_FRONT_UPSTREAM', /itself/],
  ['the front itself by another name', { udp: [{ host: '0.0.0.0', port: 53 }], upstream: { host: LOOPBACK, port: 53 } }, 'ERR_FRONT_UPSTREAM', /itself/],
  ['the front itself in IPv6', { udp: [{ host: '::', port: 53 }], upstream: { host: '::1', port: 53 } }, 'ERR_FRONT_UPSTREAM', /itself/],
  ['no time', { udp, upstream, timeoutMs: 0 }, 'ERR_OPTION_INVALID', /front\.timeoutMs/],
  ['no room', { udp, upstream, maxInFlight: 0.5 }, 'ERR_OPTION_INVALID', /front\.maxInFlight/],
  ['an option nobody knows', { udp, upstream, maxInflight: 1 }, 'ERR_OPTION_UNKNOWN', /maxInflight/],
]; // prettier-ignore

for (const [what, front, code, text] of MISTAKES) {
  tap.test(`${what}: ${code}`, async () => {
    const make = (): unknown => new MetricsAwareDns({ server: idleServer(), front: front as never });
    assert.throws(make, (error: Error & { code?: string }) => error.code === code && text.test(error.message));
  });
}

tap.test('a cache needs a front, and its own options are checked', async () => {
  const front = { udp, upstream };
  const throwing = (options: object, text: RegExp): void => assert.throws(() => new MetricsAwareDns(options), text);
  throwing({ cache: {} }, /"cache" must be given together with front/);
  throwing({ front, cache: { maxTll: 1 } }, /maxTll/);
  throwing({ front, cache: { coalesce: 1 } }, /cache\.coalesce/);
  assert.equal(new MetricsAwareDns({ front }).cache, null);
  assert.equal(new MetricsAwareDns({ front, cache: {} }).cache?.entries, 0);
});

tap.test('::1 and all of 127/8 are loopback; the same port of another address is another', async () => {
  new MetricsAwareDns({ front: { udp, upstream: { host: '::1', port: 5_300 } } });
  new MetricsAwareDns({ front: { udp, upstream: { host: '127.0.0.53', port: 5_300 } } });
});

tap.test('`doh: []` is a front for the socket handler alone', async () => {
  const dns = new MetricsAwareDns({ front: { doh: [], upstream } });
  assert.equal(typeof dns.dohSocketHandler, 'function');
});

tap.test('without a front there are no addresses and no cache', async () => {
  const dns = new MetricsAwareDns();
  assert.deepEqual([dns.addresses, dns.cache, dns.activeCount()], [{ udp: [], tcp: [], doh: [] }, null, 0]);
});

export default tap.start({ throwOnError: true });
