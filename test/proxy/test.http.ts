import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import * as diagnosticsChannel from 'node:diagnostics_channel';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import type { IRequestEvent } from '../../ts/interfaces/events.js';
import { MetricsAwareProxy } from '../../ts/proxy/index.js';
import { until } from '../helpers/wait.js';

interface IRig {
  readonly proxy: MetricsAwareProxy;
  readonly http: http.Server;
  readonly told: string[];
  readonly requests: IRequestEvent[];
  readonly port: number;
  close(): Promise<void>;
}

/** An HTTP server that is handed its sockets by a wrapped handler. */
async function rig(listener?: http.RequestListener): Promise<IRig> {
  const proxy = new MetricsAwareProxy();
  const told: string[] = [];
  const requests: IRequestEvent[] = [];
  proxy.on('connection-open', (event) => void told.push(`open ${event.type}`));
  proxy.on('connection-upgrade', (event) => void told.push(`upgrade ${event.protocol}`));
  proxy.on('request-start', (event) => void told.push(`start ${event.method}`));
  proxy.on('request', (event) => {
    told.push(`request ${event.statusCode}`);
    requests.push(event);
  });
  proxy.on('connection-close', (event) => void told.push(`close ${event.type} ${event.reason}`));
  const server = http.createServer(listener);
  proxy.observeHttpServer(server);
  const front = net.createServer(
    { allowHalfOpen: true },
    proxy.wrapSocketHandler((socket: net.Socket) => void server.emit('connection', socket), { routeName: 'web' }),
  );
  const sockets = new Set<net.Socket>();
  front.on('connection', (socket) => void sockets.add(socket));
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    proxy,
    http: server,
    told,
    requests,
    port: (front.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.detach();
      front.close();
      await once(front, 'close');
    },
  };
}

function send(port: number, text: string): net.Socket {
  const client = net.connect(port, '127.0.0.1');
  client.on('error', () => undefined);
  client.write(text);
  client.resume();
  return client;
}

tap.test('keep-alive requests are told with method and code, in order, before the close', async () => {
  const { told, port, close } = await rig((request, response) => {
    response.statusCode = request.url === '/missing' ? 404 : 200;
    response.end('ok');
  });
  const client = send(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(client, 'data');
  client.write('POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx');
  await once(client, 'data');
  client.write('HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await once(client, 'close');
  await until(() => told.at(-1)?.startsWith('close') === true, 'the close');
  expect(told).toEqual([
    'open http',
    'start GET',
    'request 200',
    'start POST',
    'request 404',
    'start HEAD',
    'request 200',
    'close http server-end',
  ]);
  await close();
});

tap.test('an aborted request is told once, without a code, however its connection ends', async () => {
  const ends: ((client: net.Socket, server: net.Socket) => void)[] = [
    (client) => void client.resetAndDestroy(),
    (_, server) => void server.destroy(),
    (_, server) => void server.removeAllListeners().destroy(),
  ];
  for (const end of ends) {
    let socket: net.Socket | undefined;
    const { proxy, told, requests, port, close } = await rig((request, response) => {
      socket = request.socket;
      response.write('half');
    });
    const client = send(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(client, 'data');
    assert.ok(socket);
    end(client, socket);
    await until(async () => {
      await proxy.sweep();
      return proxy.activeCount() === 0;
    }, 'the end');
    await new Promise((resolve) => setImmediate(resolve));
    expect(requests.map(({ statusCode }) => statusCode)).toEqual([null]);
    expect(told.filter((line) => line.startsWith('close')).length).toEqual(1);
    client.destroy();
    await close();
  }
});

tap.test('requests of servers that are not observed, or on sockets that are not ours, are not told', async () => {
  const { told, port, http: observed, close } = await rig((_, response) => void response.end());
  const other = http.createServer((_, response) => void response.end()).listen(0, '127.0.0.1');
  observed.listen(0, '127.0.0.1');
  await Promise.all([once(other, 'listening'), once(observed, 'listening')]);
  for (const server of [other, observed]) {
    const { port: direct } = server.address() as AddressInfo;
    await once(send(direct, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'), 'close');
  }
  expect(told).toEqual([]);
  await once(send(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'), 'close');
  await until(() => told.length === 4, 'the one that is ours');
  other.close();
  observed.close();
  await close();
});

tap.test("a wrapped 'connection' listener of the http server itself is recognised as http", async () => {
  const proxy = new MetricsAwareProxy();
  const server = http.createServer((_, response) => void response.end());
  server.on(
    'connection',
    proxy.wrapSocketHandler(() => undefined, { routeName: 'web' }),
  );
  proxy.observeHttpServer(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const told: string[] = [];
  proxy.on('connection-open', (event) => void told.push(event.type));
  proxy.on('request', (event) => void told.push(String(event.statusCode)));
  await once(
    send((server.address() as AddressInfo).port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    'close',
  );
  await until(() => told.length === 2, 'both');
  expect(told).toEqual(['http', '200']);
  proxy.detach();
  server.close();
});

tap.test("our 'upgrade' listener exists only while the application has one", async () => {
  const { proxy, http: server, port, told, close } = await rig((_, response) => void response.end('plain'));
  const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  expect(server.listenerCount('upgrade')).toEqual(0);
  // Without a listener an upgrade is answered as a plain request; with ours alone it would hang.
  const plain = send(port, upgrade);
  await once(plain, 'data');
  plain.destroy();
  await until(() => told.some((line) => line.startsWith('close')), 'the end of the plain one');
  const accept = (_: http.IncomingMessage, socket: net.Socket): void => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.on('end', () => socket.end());
    socket.resume();
  };
  server.on('upgrade', accept);
  expect(server.listenerCount('upgrade')).toEqual(2);
  told.length = 0;
  const upgraded = send(port, upgrade);
  await once(upgraded, 'data');
  await proxy.sweep();
  expect(told).toEqual(['open http', 'upgrade websocket']);
  upgraded.end();
  await until(() => told.includes('close websocket client-end'), 'the end of the upgraded connection');
  server.off('upgrade', accept);
  expect(server.listenerCount('upgrade')).toEqual(0);
  server.once('upgrade', accept);
  expect(server.listenerCount('upgrade')).toEqual(2);
  const again = send(port, upgrade);
  await once(again, 'data');
  expect(server.listenerCount('upgrade')).toEqual(0);
  again.end();
  await once(again, 'close');
  await close();
});

tap.test('an upgrade that is answered later is decided later; a refused one is none', async () => {
  const { proxy, http: server, port, told, close } = await rig();
  let answer: (() => void) | undefined;
  server.on('upgrade', (_request, socket) => {
    answer = () => void socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
  const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n';
  const late = send(port, upgrade);
  await until(() => answer !== undefined, 'the upgrade request');
  await proxy.sweep();
  expect(told).toEqual(['open http']);
  answer?.();
  await proxy.sweep();
  expect(told).toEqual(['open http']);
  await proxy.sweep();
  expect(told).toEqual(['open http', 'upgrade websocket']);
  late.destroy();
  const refusals: ((socket: net.Socket) => void)[] = [
    (socket) => void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'),
    (socket) => {
      // As a proxy does that passes on what its backend says.
      socket.write('HTTP/1.1 401 Unauthorized\r\n\r\n');
      setImmediate(() => socket.destroy());
    },
  ];
  for (const refuse of refusals) {
    server.removeAllListeners('upgrade');
    server.on('upgrade', (_request, socket: net.Socket) => refuse(socket));
    told.length = 0;
    await once(send(port, upgrade), 'close');
    await until(() => told.some((line) => line.startsWith('close http')), 'the end of the refused one');
    expect(told.some((line) => line.startsWith('upgrade'))).toBeFalse();
  }
  // A session that is over before anybody looks: the client went on to send.
  server.removeAllListeners('upgrade');
  server.on('upgrade', (_request, socket: net.Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    socket.once('data', () => socket.end());
  });
  told.length = 0;
  const short = send(port, upgrade);
  await once(short, 'data');
  short.write('frame');
  await once(short, 'close');
  await until(() => told.some((line) => line.startsWith('close')), 'the end of the short one');
  expect(told).toEqual(['open http', 'upgrade websocket', 'close websocket server-end']);
  await close();
});

tap.test("an upgrade on a connection that nobody wrapped is the server's own affair", async () => {
  const { http: server, told, close } = await rig();
  const direct = net.createServer((socket) => void server.emit('connection', socket));
  direct.listen(0, '127.0.0.1');
  await once(direct, 'listening');
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  const client = send((direct.address() as AddressInfo).port, upgrade);
  const [answer] = (await once(client, 'data')) as [Buffer];
  expect(String(answer)).toInclude(' 101 ');
  await once(client, 'close');
  expect(told).toEqual([]);
  direct.close();
  await close();
});

tap.test('what observing took is given back', async () => {
  const proxy = new MetricsAwareProxy();
  const server = http.createServer();
  const count = (): number => server.eventNames().reduce((sum, name) => sum + server.listenerCount(name), 0);
  const before = count();
  server.on('upgrade', () => undefined);
  const stop = proxy.observeHttpServer(server);
  proxy.observeHttpServer(server);
  expect(diagnosticsChannel.hasSubscribers('http.server.request.start')).toBeTrue();
  stop();
  expect(count()).toEqual(before + 1);
  proxy.observeHttpServer(server);
  proxy.detach();
  expect(count()).toEqual(before + 1);
  expect(diagnosticsChannel.hasSubscribers('http.server.request.start')).toBeFalse();
});

export default tap.start({ throwOnError: true });
