import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tap } from '@push.rocks/tapbundle';
import { OpsHandler, OpsServer } from '../../ts/ops/index.js';
import type { IOpsServerOptions } from '../../ts/ops/index.js';
import type { RoutemeterError } from '../../ts/shared/errors.js';
import { makeCertificate } from '../helpers/certificate.js';
import { FakeProxySource } from '../helpers/fakesource.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';

const run = promisify(execFile);
const source = sourceOf(SNAPSHOT);

tap.test('a pair that does not fit is refused at construction, and no key is repeated', async () => {
  const [one, other] = [makeCertificate('one.example'), makeCertificate('other.example')];
  const bad: [string, unknown][] = [
    ['another key', { key: other.key, cert: one.cert }],
    ['swapped', { key: one.cert, cert: one.key }],
    ['no PEM', { key: 'nonsense', cert: 'nonsense' }],
    ['cut off', { key: one.key, cert: one.cert.slice(0, 200) }],
    ['empty key', { key: '', cert: one.cert }],
    ['no key', { cert: one.cert }],
    ['no cert', { key: one.key }],
    ['a number', { key: 5, cert: one.cert }],
  ];
  for (const [what, tls] of bad) {
    assert.throws(
      () => new OpsServer({ source, tls: tls as { key: string; cert: string } }),
      (error: RoutemeterError) => {
        assert.equal(error.code, 'ERR_CERTIFICATE', what);
        assert.match(error.message, /"tls/);
        assert.ok(!error.message.includes('PRIVATE KEY'));
        return true;
      },
      what,
    );
  }
});

tap.test('options that are unknown or of the wrong kind are refused by name', async () => {
  const bad: [Record<string, unknown>, string, RegExp][] = [
    [{ prot: 1 }, 'ERR_OPTION_UNKNOWN', /"prot"/],
    [{ auth: { token: 'x'.repeat(16), user: 'me' } }, 'ERR_OPTION_UNKNOWN', /"user"/],
    [{ tls: { key: 'k', cert: 'c', ca: 'x' } }, 'ERR_OPTION_UNKNOWN', /"ca"/],
    [{ port: -1 }, 'ERR_OPTION_INVALID', /"port"/],
    [{ port: 65_536 }, 'ERR_OPTION_INVALID', /"port"/],
    [{ port: '80' }, 'ERR_OPTION_INVALID', /"port"/],
    [{ host: '' }, 'ERR_OPTION_INVALID', /"host"/],
    [{ host: 5 }, 'ERR_OPTION_INVALID', /"host"/],
    [{ source: undefined }, 'ERR_OPTION_INVALID', /"source"/],
    [{ source: {} }, 'ERR_OPTION_INVALID', /"source"/],
    [{ exporter: {} }, 'ERR_OPTION_INVALID', /"exporter\.render"/],
    [{ exporter: null }, 'ERR_OPTION_INVALID', /"exporter\.render"/],
    [{ events: {} }, 'ERR_OPTION_INVALID', /"events"/],
    [{ events: [new FakeProxySource('a'), null] }, 'ERR_OPTION_INVALID', /"events\[1\]"/],
    [{ events: [{ kind: 'proxy', on: 1, off: 1 }] }, 'ERR_OPTION_INVALID', /"events\[0\]"/],
    [{ events: [{ kind: 'other', on() {}, off() {} }] }, 'ERR_OPTION_INVALID', /"events\[0\]"/],
    [{ privacy: 'some' }, 'ERR_OPTION_INVALID', /"privacy".*full, mask, none/],
    [{ auth: 'token' }, 'ERR_OPTION_INVALID', /auth/],
    [{ allowedHosts: 'metrics.example' }, 'ERR_OPTION_INVALID', /"allowedHosts"/],
    [{ allowedHosts: [''] }, 'ERR_OPTION_INVALID', /"allowedHosts"/],
    [{ allowedHosts: ['https://metrics.example'] }, 'ERR_OPTION_INVALID', /"allowedHosts"/],
    [{ allowedHosts: [5] }, 'ERR_OPTION_INVALID', /"allowedHosts"/],
  ];
  for (const [options, code, message] of bad) {
    const thrown = (error: RoutemeterError): boolean => error.code === code && message.test(error.message);
    const all = { source, ...options } as IOpsServerOptions;
    assert.throws(() => new OpsServer(all), thrown, JSON.stringify(options));
    if ('port' in options || 'host' in options || 'tls' in options) continue;
    assert.throws(() => new OpsHandler(all), thrown, JSON.stringify(options));
  }
  assert.throws(() => new OpsServer(undefined as never), { code: 'ERR_OPTION_INVALID' });
  assert.throws(() => new OpsHandler({ source, port: 1 } as never), { code: 'ERR_OPTION_UNKNOWN' });
  const unset = {
    source,
    exporter: undefined,
    events: undefined,
    privacy: undefined,
    allowedOrigins: undefined,
    host: undefined,
    port: undefined,
    auth: undefined,
    tls: undefined,
  };
  assert.doesNotThrow(() => new OpsServer({ ...unset, allowedHosts: undefined }));
});

tap.test('importing and running it changes no global of the process', async () => {
  const child = fileURLToPath(new URL('./globals.ts', import.meta.url));
  const { stdout } = await run(process.execPath, ['--import', 'tsx', child]);
  // zod keeps its registry and configuration beside the globals; nothing that was there is touched.
  const added = ['__zod_globalConfig', '__zod_globalRegistry'];
  assert.deepEqual(JSON.parse(stdout), { status: [200, 200], changed: [], added, looked: true });
});

export default tap.start({ throwOnError: true });
