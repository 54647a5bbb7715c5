import assert from 'node:assert/strict';
import * as http from 'node:http';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { OpsServer } from '../../ts/ops/index.js';
import type { IExporter } from '../../ts/ops/index.js';
import { makeCertificate } from '../helpers/certificate.js';
import { until } from '../helpers/wait.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask } from './client.js';

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
  assert.ok(performance.now() - startedAt < 1_900);
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
  assert.ok(performance.now() - startedAt < 1_900);
  agent.destroy();
});

tap.test('a connection that goes with answers waiting behind each other holds no stop() back', async () => {
  const exporter = heldExporter();
  const server = new OpsServer({ source, exporter, port: 0 });
  await server.start();
  const socket = await connect(server.address?.port ?? 0);
  socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5));
  await until(() => exporter.asked === 5, 'the scrapes');
  const gone = new Promise((resolve) => socket.once('close', resolve));
  socket.resetAndDestroy();
  await gone;
  // The server itself keeps no process alive for the sake of its end.
  const alive = setInterval(() => undefined, 1_000);
  const startedAt = performance.now();
  await server.stop();
  clearInterval(alive);
  assert.ok(performance.now() - startedAt < 1_900);
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
  assert.ok(performance.now() - startedAt < 1_900);
  await ended;
});

export default tap.start({ throwOnError: true });
