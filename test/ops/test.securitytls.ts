import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { tap } from '@push.rocks/tapbundle';
import { OpsServer } from '../../ts/ops/index.js';
import { makeCertificate, type ICertificate } from '../helpers/certificate.js';
import { FakeProxySource } from '../helpers/fakesource.js';
import { until } from '../helpers/wait.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask } from './client.js';

const folder = mkdtempSync(join(tmpdir(), 'routemeter-tls-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const [first, second] = ['first', 'second'].map((name) => makeCertificate(name, ['127.0.0.1', 'evil.example'])) as [
  ICertificate,
  ICertificate,
];
const [keyFile, certFile] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
writeFileSync(keyFile, first.key);
writeFileSync(certFile, first.cert);

const token = 'correct-horse-battery-staple';
const bearer = { authorization: `Bearer ${token}` };
const events = new FakeProxySource('web');
const server = new OpsServer({
  source: sourceOf(SNAPSHOT),
  events: [events],
  auth: { token },
  port: 0,
  tls: { keyFile, certFile },
});
await server.start();
const url = server.url ?? '';
const port = server.address?.port ?? 0;

/** Until the other side ends it. */
async function ended(socket: net.Socket): Promise<{ text: string; ms: number }> {
  const startedAt = performance.now();
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).on('error', () => undefined);
  await once(socket, 'close');
  return { text, ms: performance.now() - startedAt };
}
const served = async (options: tls.ConnectionOptions): Promise<string> => {
  const socket = tls.connect({ port, host: '127.0.0.1', ca: [first.cert, second.cert], ...options });
  await once(socket, 'secureConnect');
  const name = socket.isSessionReused() ? 'known' : String(socket.getPeerCertificate().subject.CN);
  const text = `${socket.getProtocol()} ${name}`;
  socket.destroy();
  return text;
};

// Takes its ten seconds while the others run.
const silent = net.connect(port, '127.0.0.1');
const half = net.connect(port, '127.0.0.1', () => half.write(Buffer.from('160301020001', 'hex')));
const slow = [ended(silent), ended(half)];

tap.test('the token, the Host check and the limits hold under TLS as well', async () => {
  const ca = first.cert;
  assert.equal((await ask(`${url}/api/stats`, { ca })).status, 401);
  assert.equal((await ask(`${url}/api/stats`, { ca, headers: bearer })).status, 200);
  assert.equal((await ask(`${url}/api/stats`, { ca, headers: { ...bearer, host: 'evil.example' } })).status, 421);
  assert.equal((await ask(`${url}/api/stats`, { ca, headers: { ...bearer, x: 'x'.repeat(17_000) } })).status, 431);
  assert.equal((await ask(`${url}/api/stats`, { ca, headers: bearer, method: 'POST', body: 'x' })).status, 405);
});

tap.test('TLS 1.2 and 1.3 are spoken, what is older is not', async () => {
  assert.equal(await served({ maxVersion: 'TLSv1.2' }), 'TLSv1.2 first');
  assert.equal(await served({}), 'TLSv1.3 first');
  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
    await assert.rejects(served(old), /protocol version|unsupported protocol|ECONNRESET/, version);
  }
});

tap.test('what is no TLS is answered with nothing, and does no harm', async () => {
  for (const bytes of [`GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`, '\x00'.repeat(1_000), 'SSH-2.0-x\r\n']) {
    const socket = net.connect(port, '127.0.0.1');
    socket.write(bytes);
    const { text } = await ended(socket);
    assert.ok(!text.includes('HTTP/1.1 200') && !text.includes('live'), JSON.stringify(bytes.slice(0, 20)));
  }
  assert.equal((await ask(`${url}/healthz`, { ca: first.cert })).status, 200);
});

tap.test('a stream goes on through a renewal, new connections get the new certificate', async () => {
  const request = https.get(`${url}/api/events`, { agent: false, ca: first.cert, headers: bearer });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  request.on('error', () => undefined);
  let text = '';
  response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('error', () => undefined);
  events.open('web');
  await until(() => text.includes('connection-open'), 'the first event');
  const old = tls.connect({ port, host: '127.0.0.1', ca: first.cert, maxVersion: 'TLSv1.2' });
  await once(old, 'secureConnect');
  const session = old.getSession();
  old.destroy();
  assert.equal(await served({ maxVersion: 'TLSv1.2', session }), 'TLSv1.2 known');
  for (const [file, pem] of [[keyFile, second.key], [certFile, second.cert]] as const) {
    writeFileSync(`${file}.new`, pem);
    renameSync(`${file}.new`, file);
  } // prettier-ignore
  await until(async () => (await served({})) === 'TLSv1.3 second', 'the renewal');
  events.open('web', { domain: 'after.test' });
  await until(() => text.includes('after.test'), 'an event after it');
  // A session that was begun with the old one is not taken up again.
  assert.equal(await served({ maxVersion: 'TLSv1.2', session }), 'TLSv1.2 second');
  request.destroy();
});

tap.test('a handshake that does not come is not waited for', async () => {
  // Node's own limit is 120 s.
  for (const { ms } of await Promise.all(slow)) assert.ok(ms > 9_000 && ms < 30_000, `${ms} ms`);
});

tap.test('the end', async () => {
  await server.stop();
});

export default tap.start({ throwOnError: true });
