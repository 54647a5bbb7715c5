import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type * as net from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { THandler } from '../helpers/hosts/host.js';
import { afterReset, type ILife } from './life.js';
import { ended, type Run } from './run.js';

/** A handler that gives its sockets to an HTTP server, as most do. */
function served(run: Run, server: http.Server): THandler {
  run.observe(server);
  return (socket) => {
    run.handler.watch(socket, { data: false });
    server.emit('connection', socket);
  };
}

/** What the client's socket says once it is over: nothing is queued there at the end of these lives. */
async function over(run: Run, socket: net.Socket): Promise<void> {
  await ended(socket);
  run.sent = socket.bytesWritten;
  run.receivedBelow = socket.bytesRead;
}

async function request(run: Run, port: number, agent: http.Agent, path: string, body: string): Promise<net.Socket> {
  const { request: send } = agent instanceof https.Agent ? https : http;
  const outgoing = send({ port, host: '127.0.0.1', agent, path, method: 'POST' });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  // Once the response is over, the agent has taken its socket back.
  const { socket } = response;
  for await (const chunk of response) run.client.take(chunk as Buffer);
  run.client.notes.push(`${path} ${response.statusCode}`);
  return socket;
}

function keepAlive(name: string, tls: boolean): ILife {
  return {
    name,
    firstChunk: true,
    tls,
    serve: (run) => {
      const statuses: Record<string, number> = { '/a': 200, '/b': 201, '/c': 404 };
      const server = http.createServer((incoming, response) => {
        incoming.on('data', (chunk: Buffer) => run.handler.take(chunk));
        incoming.on('end', () => {
          response.writeHead(statuses[incoming.url ?? ''] ?? 500);
          response.end(`answer to ${incoming.url}`.repeat(1000));
        });
      });
      return served(run, server);
    },
    play: async (run, port) => {
      const options = { keepAlive: true, maxSockets: 1 };
      const agent = tls ? new https.Agent({ ...options, rejectUnauthorized: false }) : new http.Agent(options);
      await request(run, port, agent, '/a', 'x');
      await request(run, port, agent, '/b', 'y'.repeat(100_000));
      const socket = await request(run, port, agent, '/c', '');
      run.client.watch(socket, { data: false });
      agent.destroy();
      await over(run, socket);
    },
    reasons: ['client-end'],
    reaped: () => false,
    type: tls ? 'https' : 'http',
    requests: [200, 201, 404],
  };
}

function webSocketServer(run: Run): http.Server {
  const server = http.createServer((_request, response) => response.end('no upgrade'));
  const webSockets = new WebSocketServer({ server });
  webSockets.on('connection', (webSocket) => {
    webSocket.on('message', (data: Buffer) => {
      run.handler.take(data);
      webSocket.send(data);
    });
    webSocket.on('close', (code) => run.handler.notes.push(`closed ${code}`));
    webSocket.on('error', () => undefined);
  });
  return server;
}

/** An open WebSocket that has exchanged three messages, and the socket below it. */
async function webSocket(run: Run, port: number): Promise<[WebSocket, net.Socket]> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  client.on('message', (data: Buffer) => run.client.take(data));
  client.on('close', (code) => run.client.notes.push(`closed ${code}`));
  client.on('error', () => undefined);
  const [response] = (await once(client, 'upgrade')) as [http.IncomingMessage];
  const { socket } = response;
  run.track(socket);
  run.client.watch(socket, { data: false });
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  for (const message of ['one', 'two'.repeat(1000), 'three'.repeat(20_000)]) {
    client.send(message);
    await once(client, 'message');
    await run.sweep();
  }
  return [client, socket];
}

function refuse(socket: Duplex): void {
  socket.write('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  socket.destroy();
}

async function playRefused(run: Run, port: number): Promise<void> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  client.on('error', () => undefined);
  const [, response] = (await once(client, 'unexpected-response')) as [unknown, http.IncomingMessage];
  run.client.notes.push(`refused ${response.statusCode}`);
  const { socket } = response;
  run.client.watch(socket, { data: false });
  response.resume();
  await once(response, 'end');
  client.terminate();
  socket.end();
  await over(run, socket);
}

function refusal(name: string, answer: (socket: Duplex) => void): ILife {
  return {
    name,
    firstChunk: true,
    serve: (run) => {
      const server = http.createServer((_request, response) => response.end('no upgrade'));
      const handler = served(run, server);
      server.on('upgrade', (_request, socket: Duplex) => answer(socket));
      return handler;
    },
    play: playRefused,
    reasons: ['server-destroy'],
    reaped: () => false,
    type: 'http',
  };
}

export const httpLives: readonly ILife[] = [
  keepAlive('HTTP keep-alive with three requests', false),
  keepAlive('HTTPS keep-alive with three requests', true),
  {
    name: 'an HTTP request aborted midway',
    firstChunk: true,
    serve: (run) => {
      const server = http.createServer((incoming, response) => {
        response.on('close', () => run.handler.notes.push(`finished ${response.writableFinished}`));
        response.write('a part of the answer');
        incoming.on('error', () => undefined);
      });
      return served(run, server);
    },
    play: async (run, port) => {
      const outgoing = http.request({ port, host: '127.0.0.1', agent: false });
      outgoing.on('error', () => undefined);
      outgoing.end();
      const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
      response.on('error', () => undefined);
      const { socket } = response;
      run.client.watch(socket, { data: false });
      const [chunk] = (await once(response, 'data')) as [Buffer];
      run.client.take(chunk);
      socket.destroy();
      await over(run, socket);
    },
    reasons: ['client-end'],
    reaped: () => false,
    type: 'http',
    requests: [null],
  },
  {
    name: 'an upgrade accepted',
    firstChunk: true,
    serve: (run) => served(run, webSocketServer(run)),
    play: async (run, port) => {
      const [client, socket] = await webSocket(run, port);
      client.close(1000);
      await over(run, socket);
    },
    // Both ends close once the closing handshake is done; the server is the first by the protocol.
    reasons: ['server-end'],
    reaped: () => false,
    type: 'websocket',
    upgrades: ['websocket'],
  },
  {
    name: 'an upgrade, then a reset',
    firstChunk: true,
    serve: (run) => served(run, webSocketServer(run)),
    play: async (run, port) => {
      const [, socket] = await webSocket(run, port);
      socket.resetAndDestroy();
      await over(run, socket);
    },
    reasons: afterReset,
    reaped: () => false,
    type: 'websocket',
    upgrades: ['websocket'],
  },
  refusal('an upgrade refused', (socket) => refuse(socket)),
  // As after asking somebody whether the client may: the wrapper's own look at the answer comes too early.
  refusal('an upgrade refused a while later', (socket) => void setImmediate(() => setImmediate(() => refuse(socket)))),
  {
    name: 'an upgrade that the server knows nothing of',
    firstChunk: true,
    serve: (run) =>
      served(
        run,
        http.createServer((_request, response) => response.end('no upgrade')),
      ),
    play: playRefused,
    reasons: ['client-end'],
    reaped: () => false,
    type: 'http',
    requests: [200],
  },
];
