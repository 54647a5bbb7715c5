import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { tap } from '@push.rocks/tapbundle';
import type { ISystemAnswer } from '../../ts/interfaces/ops.js';
import { Pages } from '../../ts/ops/api/classes.pages.js';
import { OpsServer } from '../../ts/ops/index.js';
import { FakeProxySource } from '../helpers/fakesource.js';
import { until } from '../helpers/wait.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask, newClient } from './client.js';
import { showing } from './openapi.js';

const events = showing(new FakeProxySource('web'));
const server = new OpsServer({ source: sourceOf(SNAPSHOT), events: [events], port: 0 });
await server.start();
const portOf = (): number => server.address?.port ?? 0;

const warnings: string[] = [];
process.on('warning', ({ message }) => void warnings.push(message));
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heap = (): number => {
  collect();
  return process.memoryUsage().heapUsed;
};

const streams = async (): Promise<ISystemAnswer['streams']> =>
  (JSON.parse((await ask(`${server.url}/api/system`, { from: newClient() })).text) as ISystemAnswer).streams;

/** The status lines of all answers to requests that are sent without waiting, and of the last one, which ends it. */
async function pipelined(requests: string): Promise<string[]> {
  const socket = net.connect({ port: portOf(), host: '127.0.0.1', localAddress: newClient() });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.write(`${requests}GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  return text.match(/HTTP\/1\.1 \d{3}/g) ?? [];
}

tap.test('ten thousand different questions leave nothing behind', async () => {
  const fields = Object.keys(SNAPSHOT).slice(0, 9);
  const question = (index: number): string => {
    const chosen = fields.filter((_, bit) => (index >> bit) & 1);
    const kinds = [
      `/api/stats?fields=${[...chosen, 'takenAt'].join()}`,
      `/api/stats/routes/${index}`,
      `/api/top/routes?by=${index}`,
    ];
    return [...kinds, `/api/connections?route=r${index}`, `/nothing/${index}`][index % 5] ?? '';
  };
  let before = 0;
  for (let asked = 0; asked < 10_000; asked += 250) {
    const requests = Array.from(
      { length: 250 },
      (_, index) => `GET ${question(asked + index)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    );
    const answers = await pipelined(requests.join(''));
    assert.deepEqual([answers.length, answers.filter((one) => !/ (200|400|404|503)$/.test(one))], [251, []]);
    if (asked === 2_000) before = heap();
  }
  const grown = heap() - before;
  assert.ok(grown < 3_000_000, `${grown} bytes`);
});

tap.test('thousands of readers that come and go leave no listener, timer or memory behind', async () => {
  let listeners = 0;
  const { on, off } = events;
  Object.assign(events, {
    on: (...args: Parameters<typeof on>) => (listeners++, on.apply(events, args)),
    off: (...args: Parameters<typeof off>) => (listeners--, off.apply(events, args)),
  });
  let before = 0;
  let most = 0;
  for (let round = 0; round < 40; round++) {
    const client = newClient();
    const sockets = Array.from({ length: 50 }, (_, index) => {
      const socket = net.connect({ port: portOf(), host: '127.0.0.1', localAddress: client });
      socket.on('error', () => undefined);
      socket.write(
        `GET /api/events?event=${index % 2 === 0 ? 'traffic' : 'request'} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      );
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    for (const [index, socket] of sockets.entries()) {
      if (index % 3 === 0) socket.end();
      else if (index % 3 === 1) socket.resetAndDestroy();
      else socket.destroy();
    }
    for (const socket of sockets) socket.destroy();
    most = Math.max(most, listeners);
    if (round === 10) before = heap();
  }
  await until(async () => (await streams())?.readers === 0, 'no reader');
  const grown = heap() - before;
  assert.ok(grown < 3_000_000, `${grown} bytes`);
  assert.ok(most < 20, `${most} listeners`);
  await server.stop();
  assert.deepEqual([listeners <= 0, events.has('traffic')], [true, false]);
  await server.start();
});

tap.test('filters are counted: more of them than are served are refused, and there is room again', async () => {
  const open = Array.from({ length: 40 }, (_, index) => {
    const socket = net.connect({ port: portOf(), host: '127.0.0.1', localAddress: newClient() });
    socket.on('error', () => undefined);
    socket.write(`GET /api/events?route=r${index} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    return once(socket, 'data').then(([data]) => ({ socket, text: String(data) }));
  });
  const answers = await Promise.all(open);
  assert.equal(answers.filter(({ text }) => text.startsWith('HTTP/1.1 200')).length, 32);
  assert.equal(answers.filter(({ text }) => text.startsWith('HTTP/1.1 503')).length, 8);
  for (const { socket } of answers) socket.destroy();
  await until(
    async () => (await ask(`${server.url}/api/events?route=new`, { method: 'HEAD', from: newClient() })).status === 200,
    'room',
  );
});

tap.test('pages are kept up to a number of them and of bytes', async () => {
  const pages = new Pages();
  const text = 'x'.repeat(5_000_000);
  let made = 0;
  const ask = (key: number, of = SNAPSHOT) =>
    pages.get(of, String(key), () => Promise.resolve({ key, made: made++, text }));
  for (let key = 0; key < 20; key++) await ask(key);
  assert.equal(made, 20);
  for (let key = 0; key < 6; key++) await ask(key);
  assert.equal(made, 20, 'the first six are kept');
  await ask(7);
  assert.equal(made, 21, 'the others are not');
  await Promise.all([ask(8), ask(8)]);
  assert.equal(made, 22, 'who asks meanwhile shares');
  const next = { ...SNAPSHOT };
  await ask(0, next);
  await ask(0, next);
  assert.equal(made, 23, 'a new snapshot begins anew');
  const small = (key: number) => pages.get(next, `small ${key}`, () => Promise.resolve(made++));
  for (let key = 0; key < 40; key++) await small(key);
  await small(0);
  assert.equal(made, 63);
  await small(39);
  assert.equal(made, 64, 'and up to a number');
});

tap.test('the end, without a warning', async () => {
  await server.stop();
  assert.deepEqual(warnings, []);
});

export default tap.start({ throwOnError: true });
