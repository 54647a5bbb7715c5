import type { Socket } from 'node:dgram';
import { dgram, net } from '../plugins.js';
import { AT, FLAG, HEADER_SIZE } from './message.js';
import { sameQuestion } from './question.js';
import type { RandomNumbers } from './classes.randomnumbers.js';
import { TurnBatch } from './classes.turnbatch.js';

const IDS = 0x1_0000;
/** Bursts that the kernel keeps while we are busy; it gives what it allows. */
const RECEIVE_BUFFER = 4 << 20;

export interface IUpstreamAddress {
  readonly host: string;
  readonly port: number;
}

/** A question on its way. */
export interface IFlight {
  /** As sent, with its id. */
  readonly message: Buffer;
  /** The offset behind its question. */
  readonly questionEnd: number;
  /** Monotonic, ms. */
  readonly deadline: number;
  /** Called once, when it is in no book any more. `null`: no answer will come. */
  landed(reply: Buffer | null): void;
}

export interface IUpstreamHooks {
  /** A reply came that nobody waits for. */
  stray(): void;
  /** Nobody listens there. The kernel tells it of few datagrams only, however many were lost. */
  refused(): void;
}

/** One connected socket on a random port, and what was asked through it, by id. */
export class UpstreamSocket {
  readonly #address: IUpstreamAddress;
  readonly #random: RandomNumbers;
  readonly #hooks: IUpstreamHooks;
  /** In the order of their deadlines. */
  readonly #flights = new Map<number, IFlight>();
  readonly #replies = new TurnBatch<Buffer>((reply) => this.#receive(reply));
  #socket: Socket | null = null;

  constructor(address: IUpstreamAddress, random: RandomNumbers, hooks: IUpstreamHooks) {
    this.#address = address;
    this.#random = random;
    this.#hooks = hooks;
  }

  get size(): number {
    return this.#flights.size;
  }

  async open(): Promise<void> {
    const { host, port } = this.#address;
    const socket = dgram.createSocket({ type: net.isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(port, host, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    socket.on('message', (reply) => this.#replies.add(reply));
    socket.on('error', () => this.#hooks.refused());
    this.#socket = socket;
  }

  close(): void {
    this.#replies.flush();
    this.#socket?.close();
    this.#socket = null;
    this.landAll();
  }

  /** The caller bounds how many there are: far fewer than there are ids. Before `send`, so that books agree first. */
  enter(flight: IFlight): void {
    let id = this.#random.next();
    while (this.#flights.has(id)) id = (id + 1) % IDS;
    flight.message.writeUInt16BE(id, AT.id);
    this.#flights.set(id, flight);
  }

  send(flights: readonly IFlight[]): void {
    const socket = this.#socket;
    if (socket === null) {
      this.landAll();
      return;
    }
    const last = flights.length - 1;
    for (let index = 0; index < last; index++) socket.send((flights[index] as IFlight).message);
    // Where nobody listens every other datagram finds that out, and is lost; without a callback Node does not say so. The
    // last one speaks for all: it finds out, or leaves word for the next read, which ends in 'error'.
    socket.send((flights[last] as IFlight).message, this.#sent);
  }

  /** Lands what nobody answered in time; the deadline of the next one, `null` where there is none. */
  expire(now: number): number | null {
    for (const [id, flight] of this.#flights) {
      if (flight.deadline > now) return flight.deadline;
      this.#land(id, flight, null);
    }
    return null;
  }

  landAll(): void {
    this.#replies.flush();
    // Only those that are there now: who lands may ask again.
    for (const [id, flight] of [...this.#flights]) this.#land(id, flight, null);
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.#hooks.refused();
  };

  #receive(reply: Buffer): void {
    const id = reply.length < HEADER_SIZE ? -1 : reply.readUInt16BE(AT.id);
    const flight = this.#flights.get(id);
    if (flight === undefined || !isReply(reply, flight)) this.#hooks.stray();
    else this.#land(id, flight, reply);
  }

  #land(id: number, flight: IFlight, reply: Buffer | null): void {
    if (this.#flights.get(id) !== flight) return;
    this.#flights.delete(id);
    flight.landed(reply);
  }
}

function isReply(reply: Buffer, { message, questionEnd }: IFlight): boolean {
  return (
    // A response, of opcode QUERY as all that we ask.
    (reply.readUInt16BE(AT.flags) & (FLAG.response | FLAG.opcode)) === FLAG.response &&
    reply.readUInt16BE(AT.questions) === 1 &&
    sameQuestion(message, reply, HEADER_SIZE, questionEnd)
  );
}
