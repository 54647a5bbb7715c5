import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { LOOPBACK } from './support.js';

/** Stands between a front and SmartDNS: passes datagrams on and back, and keeps the replies. */
export class Tap {
  readonly replies: Buffer[] = [];
  readonly #sockets = new Map<number, Socket>();
  readonly #front = createSocket('udp4');
  port = 0;

  async open(to: number): Promise<void> {
    this.#front.on('message', (query, from) => this.#towards(from).send(query, to, LOOPBACK));
    this.#front.bind(0, LOOPBACK);
    await once(this.#front, 'listening');
    this.port = this.#front.address().port;
  }

  close(): void {
    this.#front.close();
    for (const socket of this.#sockets.values()) socket.close();
  }

  #towards({ port }: RemoteInfo): Socket {
    const known = this.#sockets.get(port);
    if (known !== undefined) return known;
    const socket = createSocket('udp4');
    socket.on('message', (reply) => {
      this.replies.push(reply);
      this.#front.send(reply, port, LOOPBACK);
    });
    this.#sockets.set(port, socket);
    return socket;
  }
}
