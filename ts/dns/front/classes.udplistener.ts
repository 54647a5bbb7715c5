import type { RemoteInfo, Socket } from 'node:dgram';
import { normaliseIp } from '../../shared/ip.js';
import { dgram, net } from '../plugins.js';
import { GONE, type IAsker, type TSent } from './asker.js';
import type { Ledger } from './classes.ledger.js';
import type { Resolver } from './classes.resolver.js';
import type { IArrival } from './classes.pendingquery.js';
import { TurnBatch } from './classes.turnbatch.js';

/** Bursts that the kernel keeps while we are busy; it gives what it allows. */
const BUFFER = 4 << 20;

export interface IListenAddress {
  readonly host: string;
  readonly port: number;
}

/** One UDP socket that clients ask. */
export class UdpListener {
  readonly #address: IListenAddress;
  readonly #resolver: Resolver;
  readonly #ledger: Ledger;
  readonly #queries = new TurnBatch<UdpAsker>((asker) => this.#resolver.resolve(asker.packet, asker, asker.arrival));
  /** Of the first of those that wait. */
  #arrival: IArrival;
  /** Who asked last: mostly the next one, too. */
  #lastAddress = '';
  #lastClient: string | undefined;
  #socket: Socket | null = null;

  constructor(address: IListenAddress, resolver: Resolver, ledger: Ledger) {
    this.#address = address;
    this.#resolver = resolver;
    this.#ledger = ledger;
    this.#arrival = ledger.arrival();
  }

  /** As bound; `null` while closed. */
  get address(): IListenAddress | null {
    const bound = this.#socket?.address();
    return bound === undefined ? null : { host: bound.address, port: bound.port };
  }

  async open(): Promise<void> {
    const { host, port } = this.#address;
    const family = net.isIPv6(host) ? 6 : 4;
    const socket = dgram.createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // So that `0.0.0.0` and `::` of one port go side by side.
      ipv6Only: family === 6,
      recvBufferSize: BUFFER,
      sendBufferSize: BUFFER,
      // Addresses are literal. Node's own look-up would put off every answer to another tick.
      lookup: (address, _options, callback) => callback(null, address, family),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    socket.on('message', (packet, from) => this.#receive(packet, from));
    // An answer that could not be sent is lost like any other datagram; the next one may get through.
    socket.on('error', () => undefined);
    this.#socket = socket;
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket === null) return;
    this.#queries.flush();
    this.#socket = null;
    await new Promise<void>((resolve) => socket.close(resolve));
  }

  send(reply: Buffer, { port, address }: RemoteInfo, sent: TSent): void {
    if (this.#socket === null) sent(GONE);
    // No route, a firewall: the system tells whoever asks.
    else this.#socket.send(reply, port, address, sent);
  }

  #receive(packet: Buffer, from: RemoteInfo): void {
    // Nothing can be sent there, and Node throws when asked to.
    if (from.port === 0) {
      this.#ledger.rejected('udp', 'source-port');
      return;
    }
    if (this.#queries.empty) this.#arrival = this.#ledger.arrival();
    if (from.address !== this.#lastAddress) {
      this.#lastAddress = from.address;
      this.#lastClient = normaliseIp(from.address) ?? undefined;
    }
    this.#queries.add(new UdpAsker(this, packet, from, this.#lastClient, this.#arrival));
  }
}

class UdpAsker implements IAsker {
  readonly packet: Buffer;
  readonly source = 'udp';
  readonly datagrams = true;
  readonly clientIp: string | undefined;
  readonly arrival: IArrival;
  readonly #listener: UdpListener;
  readonly #from: RemoteInfo;

  constructor(
    listener: UdpListener,
    packet: Buffer,
    from: RemoteInfo,
    clientIp: string | undefined,
    arrival: IArrival,
  ) {
    this.packet = packet;
    this.clientIp = clientIp;
    this.arrival = arrival;
    this.#listener = listener;
    this.#from = from;
  }

  answer(reply: Buffer, sent: TSent): void {
    this.#listener.send(reply, this.#from, sent);
  }

  giveUp(): void {
    // A datagram leaves nothing behind.
  }
}
