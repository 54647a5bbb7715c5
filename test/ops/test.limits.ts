import assert from 'node:assert/strict';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { OpsServer } from '../../ts/ops/index.js';
import { until } from '../helpers/wait.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask, askRaw } from './client.js';

const server = new OpsServer({ source: sourceOf(SNAPSHOT), port: 0 });
await server.start();
const port = server.address?.port ?? 0;

tap.test('headers above 16 KiB are a 431, and below are not', async () => {
  const large = await ask(`${server.url}/metrics`, { headers: { 'x-large': 'x'.repeat(17 * 1024) } });
  assert.equal(large.status, 431);
  const many = Array.from({ length: 1_500 }, (_, index) => `x-${index}: ${'y'.repeat(10)}\r\n`).join('');
  const { text } = await askRaw(port, `GET /metrics HTTP/1.1\r\nHost: localhost\r\n${many}\r\n`);
  assert.match(text, /^HTTP\/1\.1 431 /);
  const long = await askRaw(port, `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  assert.match(long.text, /^HTTP\/1\.1 431 /);
  const fits = await ask(`${server.url}/metrics`, { headers: { 'x-large': 'x'.repeat(15 * 1024) } });
  assert.equal(fits.status, 200);
});

tap.test('what is no HTTP is a 400 that ends the connection', async () => {
  for (const bytes of ['nonsense\r\n\r\n', '\x16\x03\x01\x00\x00', 'GET / HTTP/9.9\r\n\r\n']) {
    const { text } = await askRaw(port, bytes);
    assert.match(text, /^HTTP\/1\.1 400 /, JSON.stringify(bytes));
  }
  assert.equal((await ask(`${server.url}/healthz`)).status, 200);
});

tap.test('slow clients are cut, whether they send nothing, half a header, or a letter now and then', async () => {
  const dripping = new Promise<number>((resolve) => {
    const startedAt = performance.now();
    const socket = net.connect({ port, host: '127.0.0.1' }, () => socket.write('GET /metrics HTTP/1.1\r\nHost: lo'));
    const drip = setInterval(() => socket.write('x'), 500);
    socket.on('error', () => undefined);
    socket.resume();
    socket.on('close', () => {
      clearInterval(drip);
      resolve(performance.now() - startedAt);
    });
  });
  const [nothing, half, drips] = await Promise.all([
    askRaw(port, ''),
    askRaw(port, 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n'),
    dripping,
  ]);
  // A whole request may take 30 s.
  for (const ms of [nothing.ms, half.ms, drips]) assert.ok(ms > 9_000 && ms < 30_000, `${ms} ms`);
  assert.match(half.text, /^HTTP\/1\.1 408 /);
});

tap.test('more than 256 connections at once are not taken, and there is room again afterwards', async () => {
  const sockets: net.Socket[] = [];
  let closed = 0;
  const open = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      socket.on('connect', resolve);
      socket.on('error', () => undefined);
      socket.on('close', () => closed++);
      sockets.push(socket);
    });
  for (let index = 0; index < 260; index++) await open();
  await until(() => closed === 4, 'the last four to be refused');
  assert.equal(sockets.filter((socket) => socket.closed).length, 4);
  for (const socket of sockets) socket.destroy();
  await until(
    () =>
      ask(`${server.url}/healthz`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    'room for a connection',
  );
});

tap.test('the server ends', async () => {
  await server.stop();
});

export default tap.start({ throwOnError: true });
