import { once } from 'node:events';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** What the CLI's routes forward to: an echo and a WebSocket echo, on loopback. */
export class Backends {
  readonly #echo = net.createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket));
  readonly #webSocket = new WebSocketServer({ port: 0, host: '127.0.0.1' });

  async start(): Promise<{ readonly echo: number; readonly webSocket: number }> {
    this.#webSocket.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    this.#echo.listen(0, '127.0.0.1');
    await Promise.all([once(this.#echo, 'listening'), this.#webSocket.address() ?? once(this.#webSocket, 'listening')]);
    return {
      echo: (this.#echo.address() as AddressInfo).port,
      webSocket: (this.#webSocket.address() as AddressInfo).port,
    };
  }

  async stop(): Promise<void> {
    this.#echo.close();
    this.#webSocket.close();
    await Promise.all([once(this.#echo, 'close'), once(this.#webSocket, 'close')]);
  }
}
