import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface ISending {
  readonly packet: Buffer;
  readonly delayMs: number;
}

/** What becomes of a datagram on its way: sent as it is, changed, late, twice, or not at all. */
export type TFaults = (packet: Buffer) => readonly ISending[];

const HOST = '127.0.0.1';

/** Passes datagrams on to a port of loopback and back, with faults in both directions. */
export class UdpProxy {
  readonly #to: number;
  readonly #faults: TFaults;
  readonly #front = createSocket('udp4');
  /** Towards the server, by the client's port. */
  readonly #back = new Map<number, Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  port = 0;

  constructor(to: number, faults: TFaults) {
    this.#to = to;
    this.#faults = faults;
  }

  async open(): Promise<void> {
    this.#front.on('message', (packet, { port }) => {
      const back = this.#backFor(port);
      this.#pass(packet, (sent) => back.send(sent, this.#to, HOST));
    });
    this.#front.bind(0, HOST);
    await once(this.#front, 'listening');
    this.port = this.#front.address().port;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#front.close();
    for (const socket of this.#back.values()) socket.close();
  }

  #backFor(port: number): Socket {
    const known = this.#back.get(port);
    if (known !== undefined) return known;
    const socket = createSocket('udp4');
    socket.on('message', (packet) => this.#pass(packet, (sent) => this.#front.send(sent, port, HOST)));
    // Nobody listens there for a while.
    socket.on('error', () => undefined);
    this.#back.set(port, socket);
    return socket;
  }

  #pass(packet: Buffer, send: (packet: Buffer) => void): void {
    for (const { packet: sent, delayMs } of this.#faults(packet)) {
      if (delayMs === 0) send(sent);
      else {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          send(sent);
        }, delayMs);
        this.#timers.add(timer);
      }
    }
  }
}
