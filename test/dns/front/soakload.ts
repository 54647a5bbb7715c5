import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISending } from '../../helpers/udpproxy.js';
import { message } from '../../helpers/smartdns.js';
import { get, http1Client, http2Client, type IDohClient, MEDIA_TYPE, PATH, post } from './dohclient.js';
import { type Dice, packet } from './grammar.js';
import { framed, LOOPBACK } from './support.js';

/** Lost, late, twice, or with another octet somewhere, now and then. */
export function faults(dice: Dice, octets: Buffer): ISending[] {
  const sent: ISending[] = [{ packet: octets, delayMs: dice.chance(20) ? dice.roll(700) : 0 }];
  if (dice.chance(50)) sent.length = 0;
  if (dice.chance(30)) sent.push({ packet: octets, delayMs: dice.roll(30) });
  if (dice.chance(30)) {
    const damaged = Buffer.from(octets);
    if (damaged.length > 0) damaged[dice.roll(damaged.length)] = dice.roll(256);
    sent.unshift({ packet: damaged, delayMs: 0 });
  }
  return sent;
}

/** Mostly good questions for names that repeat, else anything. */
export function anyPacket(dice: Dice, id: number): Buffer {
  if (dice.chance(4)) return packet(dice, id);
  const name = dice.chance(3) ? `n${dice.roll(100_000)}.example.test` : `n${dice.roll(40)}.example.test`;
  return message(id, [[name, dice.pick([1, 1, 1, 28, 16])]]);
}

/** What clients do, one after the other as the dice fall. Each way returns how many packets it has sent that must be counted. */
export class SoakLoad {
  readonly #dice: Dice;
  readonly #ports: { readonly udp: number; readonly tcp: number; readonly doh: number; readonly routed: number };
  readonly #steady = createSocket('udp4');
  #clients: IDohClient[] = [];
  answers = 0;

  constructor(dice: Dice, ports: { udp: number; tcp: number; doh: number; routed: number }) {
    this.#dice = dice;
    this.#ports = ports;
    this.#steady.on('message', () => this.answers++);
  }

  async close(): Promise<void> {
    this.#steady.close();
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  /** By one client that stays, and by one that is gone before its answers. */
  udp(): number {
    const dice = this.#dice;
    const count = 1 + dice.roll(30);
    const leaves = dice.chance(3);
    const socket = leaves ? createSocket('udp4') : this.#steady;
    let under = count;
    for (let id = 0; id < count; id++) {
      socket.send(anyPacket(dice, id), this.#ports.udp, LOOPBACK, () => {
        if (--under === 0 && leaves) socket.close();
      });
    }
    return count;
  }

  /** A connection that ends well, is reset at some point, or stops within a message. */
  async tcp(): Promise<void> {
    const dice = this.#dice;
    const socket = connect({ port: this.#ports.tcp, host: LOOPBACK, allowHalfOpen: true });
    socket.on('error', () => undefined).on('end', () => socket.end());
    socket.resume();
    const packets = Array.from({ length: 1 + dice.roll(8) }, (_, id) => anyPacket(dice, id));
    const octets = framed(...packets);
    const end = dice.roll(4);
    socket.write(end === 0 ? octets.subarray(0, dice.roll(octets.length)) : octets);
    const closed = once(socket, 'close');
    if (end === 1) setTimeout(() => socket.resetAndDestroy(), dice.roll(50));
    else if (end === 2) setTimeout(() => socket.destroy(), dice.roll(50));
    else if (end === 3) socket.end();
    await closed;
  }

  /** Requests on connections that stay for a while, at the front's own server and through a route. */
  async https(): Promise<void> {
    const dice = this.#dice;
    if (this.#clients.length === 0 || dice.chance(10)) {
      const before = this.#clients;
      const { doh, routed } = this.#ports;
      this.#clients = [
        http1Client(doh, true),
        http2Client(doh, true),
        http1Client(routed, false),
        http2Client(routed, false),
      ];
      // In the midst of what they are asking.
      await Promise.all(before.map((client) => client.close()));
    }
    const client = dice.pick(this.#clients);
    const queries = Array.from({ length: 1 + dice.roll(20) }, (_, id) => anyPacket(dice, id));
    const asked = queries.map((query) => client.request(dice.chance(2) && query.length > 0 ? get(query) : post(query)));
    for (const { status } of (await Promise.allSettled(asked)).map((one) =>
      one.status === 'fulfilled' ? one.value : { status: 0 },
    )) {
      if (status === 200) this.answers++;
    }
  }

  /** A request that is left in its head, in its body, or before its answer. */
  async abort(): Promise<void> {
    const dice = this.#dice;
    const body = anyPacket(dice, 0);
    const request = `POST ${PATH} HTTP/1.1\r\nhost: a\r\ncontent-type: ${MEDIA_TYPE}\r\ncontent-length: ${body.length}\r\n\r\n`;
    const octets = Buffer.concat([Buffer.from(request, 'latin1'), body]);
    const secure = dice.chance(2);
    const port = secure ? this.#ports.doh : this.#ports.routed;
    const raw = connect({ host: LOOPBACK, port }).on('error', () => undefined);
    const socket = secure ? connectTls({ socket: raw, rejectUnauthorized: false }) : raw;
    socket.on('error', () => undefined).resume();
    socket.write(dice.chance(2) ? octets : octets.subarray(0, dice.roll(octets.length)));
    const closed = once(raw, 'close');
    setTimeout(() => (dice.chance(2) ? raw.destroy() : raw.resetAndDestroy()), dice.roll(60));
    await closed;
  }
}
