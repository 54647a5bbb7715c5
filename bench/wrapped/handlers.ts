/** What serves each load: the same for all variants, none of which it knows. */
import type { RequestHandler } from 'express';
import * as http from 'node:http';
import type * as net from 'node:net';
import type { TLoad } from './loads.js';

export interface IService {
  readonly handler: (socket: net.Socket) => void;
  /** The one that the handler gives its sockets to. */
  readonly server?: http.Server;
}

const HELLO = 'hello';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
const MASK_BYTES = 4;

const byServer = (server: http.Server): IService => ({
  handler: (socket) => void server.emit('connection', socket),
  server,
});

/** Answers each masked frame of less than 126 bytes with the same text. */
function echoFrames(socket: net.Socket): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 2) {
      const length = (rest[1] ?? 0) & 0x7f;
      const whole = 2 + MASK_BYTES + length;
      if (rest.length < whole) return;
      const answer = Buffer.allocUnsafe(2 + length);
      answer[0] = rest[0] ?? 0;
      answer[1] = length;
      for (let at = 0; at < length; at++) {
        answer[2 + at] = (rest[2 + MASK_BYTES + at] ?? 0) ^ (rest[2 + (at % MASK_BYTES)] ?? 0);
      }
      socket.write(answer);
      rest = rest.subarray(whole);
    }
  });
}

export async function serviceOf(load: TLoad, middleware: RequestHandler | undefined): Promise<IService> {
  switch (load) {
    case 'bulk':
      return { handler: (socket) => void socket.pipe(socket) };
    case 'short':
    case 'tls':
      return { handler: (socket) => void socket.once('data', () => socket.end(HELLO)) };
    case 'http':
      return byServer(http.createServer((_request, response) => void response.end(HELLO)));
    case 'express': {
      const { default: express } = await import('express');
      const app = express();
      if (middleware !== undefined) app.use(middleware);
      app.get('/', (_request, response) => void response.send(HELLO));
      return byServer(http.createServer(app));
    }
    case 'websocket': {
      const server = http.createServer();
      server.on('upgrade', (_request: http.IncomingMessage, socket: net.Socket) => {
        socket.write(SWITCHING);
        echoFrames(socket);
      });
      return byServer(server);
    }
  }
}
