import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as http from 'node:http';
import * as net from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tap } from '@push.rocks/tapbundle';
import { OpsHandler, OpsServer } from '../../ts/ops/index.js';
import type { IExporter, IOpsServerOptions } from '../../ts/ops/index.js';
import type { RoutemeterError } from '../../ts/shared/errors.js';
import { makeCertificate } from '../helpers/certificate.js';
import { until } from '../helpers/wait.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask } from './client.js';

const run = promisify(execFile);
const source = sourceOf(SNAPSHOT);

/** An exporter whose pages are finished by the test. */
function heldExporter(): IExporter & { asked: number; finish: () => void } {
  let finish = (): void => undefined;
  const page = new Promise<{ contentType: string; body: string }>((resolve) => {
    finish = () => resolve({ contentType: 'text/plain', body: 'page 1\n' });
  });
  const held = {
    asked: 0,
    finish,
    render: () => {
      held.asked++;
      return page;
    },
  };
  return held;
}

const connect = (port: number): Promise<net.Socket> =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1' }, () => resolve(socket));
    socket.once('error', reject);
  });

tap.test('address and url are there while it listens', async () => {
  const server = new OpsServer({ source, port: 0 });
  assert.deepEqual([server.address, server.url], [null, null]);
  await server.start();
  assert.equal(server.address?.address, '127.0.0.1');
  assert.ok(server.address.port > 0);
  assert.equal(server.url, `http://127.0.0.1:${server.address.port}`);
  await server.stop();
  assert.deepEqual([server.address, server.url], [null, null]);
});

tap.test('start and stop may be called twice, at once, and again', async () => {
  const server = new OpsServer({ source, port: 0 });
  await server.stop();
  await Promise.all([server.start(), server.start()]);
  const first = server.url;
  await server.start();
  assert.equal(server.url, first);
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  await assert.rejects(ask(`${first}/healthz`), { code: 'ECONNREFUSED' });
  await server.start();
  assert.equal((await ask(`${server.url}/metrics`)).status, 200);
  // Without waiting in between: the last word counts.
  void server.stop();
  await server.start();
  assert.equal((await ask(`${server.url}/healthz`)).status, 200);
  void server.start();
  await server.stop();
  assert.equal(server.url, null);
});

tap.test('a busy port rejects start() and names it; afterwards it can be started', async () => {
  const blocker = net.createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as net.AddressInfo;
  const server = new OpsServer({ source, port });
  for (let attempt = 0; attempt < 2; attempt++) {
    await assert.rejects(server.start(), (error: NodeJS.ErrnoException) => {
      assert.equal(error.code, 'EADDRINUSE');
      assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}.*in use`));
      return true;
    });
    assert.equal(server.url, null);
  }
  await new Promise((resolve) => blocker.close(resolve));
  await server.start();
  assert.equal(server.address?.port, port);
  await server.stop();
});

tap.test('an address that is not ours rejects start()', async () => {
  const server = new OpsServer({ source, host: '192.0.2.1', port: 0, auth: { token: 'x'.repeat(16) } });
  await assert.rejects(server.start(), /cannot listen on 192\.0\.2\.1:0/);
});

tap.test('the same port can be taken again at once', async () => {
  const server = new OpsServer({ source, port: 0 });
  await server.start();
  const port = server.address?.port ?? 0;
  await ask(`${server.url}/metrics`);
  await server.stop();
  const again = new OpsServer({ source, port });
  await again.start();
  assert.equal((await ask(`${again.url}/metrics`)).status, 200);
  await again.stop();
});

tap.test('stop() ends idle and silent connections at once', async () => {
  const server = new OpsServer({ source, port: 0 });
  await server.start();
  const agent = new http.Agent({ keepAlive: true });
  assert.equal((await ask(`${server.url}/healthz`, { agent })).status, 200);
  const silent = await connect(server.address?.port ?? 0);
  const half = await connect(server.address?.port ?? 0);
  half.write('GET /metrics HTTP/1.1\r\nHost: loc');
  const ended = [silent, half].map((socket) => {
    socket.on('error', () => undefined);
    return new Promise((resolve) => socket.once('close', resolve));
  });
  const startedAt = performance.now();
  await server.stop();
  assert.ok(performance.now() - startedAt < 1_000);
  await Promise.all(ended);
  agent.destroy();
});

tap.test('stop() lets an answer under way end, and takes no new connection meanwhile', async () => {
  const exporter = heldExporter();
  const server = new OpsServer({ source, exporter, port: 0 });
  await server.start();
  const url = server.url;
  const agent = new http.Agent({ keepAlive: true });
  const scrape = ask(`${url}/metrics`, { agent });
  await until(() => exporter.asked === 1, 'the scrape');
  const stopped = server.stop();
  await until(
    () =>
      ask(`${url}/healthz`).then(
        () => false,
        () => true,
      ),
    'no more connections',
  );
  exporter.finish();
  const answer = await scrape;
  assert.deepEqual([answer.status, answer.text], [200, 'page 1\n']);
  const startedAt = performance.now();
  await stopped;
  assert.ok(performance.now() - startedAt < 1_000);
  agent.destroy();
});

tap.test('stop() does not wait for ever', async () => {
  const exporter = heldExporter();
  const server = new OpsServer({ source, exporter, port: 0 });
  await server.start();
  const scrape = ask(`${server.url}/metrics`);
  const failed = assert.rejects(scrape, { code: 'ECONNRESET' });
  await until(() => exporter.asked === 1, 'the scrape');
  const startedAt = performance.now();
  await server.stop();
  const ms = performance.now() - startedAt;
  assert.ok(ms > 1_000 && ms < 4_000, `${ms} ms`);
  await failed;
  // What comes too late harms nobody.
  exporter.finish();
});

tap.test('a start() during a stop() waits for it', async () => {
  const exporter = heldExporter();
  const server = new OpsServer({ source, exporter, port: 0 });
  await server.start();
  const scrape = ask(`${server.url}/metrics`);
  await until(() => exporter.asked === 1, 'the scrape');
  const order: string[] = [];
  const stopped = server.stop().then(() => order.push('stopped'));
  const started = server.start().then(() => order.push('started'));
  // Any other server is up by then.
  const other = new OpsServer({ source, port: 0 });
  await other.start();
  await other.stop();
  assert.deepEqual(order, []);
  exporter.finish();
  await Promise.all([stopped, started, scrape]);
  assert.deepEqual(order, ['stopped', 'started']);
  assert.equal((await ask(`${server.url}/metrics`)).status, 200);
  await server.stop();
});

tap.test('figures of the process are given back by stop() and taken again by start()', async () => {
  const server = new OpsServer({ source, port: 0 });
  await server.start();
  await server.stop();
  await server.start();
  assert.match((await ask(`${server.url}/metrics`)).text, /^process_resident_memory_bytes /m);
  await server.stop();
});

tap.test('a client that leaves before its answer harms nobody', async () => {
  const exporter = heldExporter();
  const server = new OpsServer({ source, exporter, port: 0 });
  await server.start();
  const socket = await connect(server.address?.port ?? 0);
  socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => exporter.asked === 1, 'the scrape');
  socket.resetAndDestroy();
  exporter.finish();
  assert.equal((await ask(`${server.url}/healthz`)).status, 200);
  await server.stop();
});

tap.test('tls serves HTTPS', async () => {
  const { key, cert } = makeCertificate('localhost', ['localhost', '127.0.0.1', 'evil.example']);
  const server = new OpsServer({ source, port: 0, tls: { key, cert } });
  await server.start();
  assert.match(server.url ?? '', /^https:\/\/127\.0\.0\.1:\d+$/);
  const answer = await ask(`${server.url}/api/stats`, { ca: cert });
  assert.equal(answer.status, 200);
  assert.equal((await ask(`${server.url}/metrics`, { ca: cert, headers: { host: 'evil.example' } })).status, 421);
  // In the middle of its handshake, a connection is on no list of HTTP's.
  const mute = await connect(server.address?.port ?? 0);
  const ended = new Promise((resolve) => mute.once('close', resolve));
  const nonsense = await connect(server.address?.port ?? 0);
  nonsense.on('error', () => undefined);
  nonsense.write('GET / HTTP/1.1\r\n\r\n');
  await new Promise((resolve) => nonsense.once('close', resolve));
  const startedAt = performance.now();
  await server.stop();
  assert.ok(performance.now() - startedAt < 1_000);
  await ended;
});

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
  const unset = { source, exporter: undefined, host: undefined, port: undefined, auth: undefined, tls: undefined };
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
