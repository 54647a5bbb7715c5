import * as assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket as TcpSocket } from 'node:net';
import { MetricsAwareDns, type IDnsServer, type IMetricsAwareDnsOptions } from '../../../ts/dns/index.js';
import { MetricsManager } from '../../../ts/index.js';
import type { IPacketRejectedEvent, IQueryDroppedEvent } from '../../../ts/interfaces/events.js';
import { DnsRecorder } from '../../helpers/dnsrecorder.js';
import { until } from '../../helpers/wait.js';

export const LOOPBACK = '127.0.0.1';

/** A DnsServer whose network side is somebody else: what stands at the front's upstream address. */
export const idleServer = (): IDnsServer => ({
  registerHandler: () => undefined,
  unregisterHandler: () => true,
  start: async () => undefined,
  stop: async () => undefined,
  on: () => undefined,
  off: () => undefined,
});

export type TAnswerer = (query: Buffer, from: RemoteInfo, upstream: FakeUpstream) => void;

/** The query as its own reply, with these records behind the question: no answers unless told. */
export function replyTo(query: Buffer, answers: readonly Buffer[] = [], code = 0): Buffer {
  const end = questionEnd(query);
  const reply = Buffer.concat([query.subarray(0, end), ...answers]);
  reply.writeUInt16BE(0x8580 | code, 2);
  reply.writeUInt16BE(1, 4);
  reply.writeUInt16BE(answers.length, 6);
  reply.writeUInt32BE(0, 8);
  return reply;
}

/** A record whose name points to the question. */
export function record(type: number, data: Buffer, ttl = 60): Buffer {
  const head = Buffer.from([0xc0, 12, type >> 8, type & 255, 0, 1, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

export const ADDRESS = record(1, Buffer.from([192, 0, 2, 1]));

export function questionEnd(message: Buffer): number {
  let at = 12;
  while ((message[at] ?? 0) !== 0) at += (message[at] ?? 0) + 1;
  return at + 5;
}

/** Stands in for SmartDNS's network side, and shows what the front sends. */
export class FakeUpstream {
  readonly queries: Buffer[] = [];
  answerer: TAnswerer;
  #socket: Socket | null = null;
  #port: number;

  constructor(
    answerer: TAnswerer = (query, from, upstream) => upstream.send(replyTo(query, [ADDRESS]), from),
    port = 0,
  ) {
    this.answerer = answerer;
    this.#port = port;
  }

  get port(): number {
    return this.#port;
  }

  async open(): Promise<void> {
    const socket = createSocket('udp4');
    socket.on('message', (query, from) => {
      // The front's own check at its start.
      if (query.includes('localhost')) return this.send(replyTo(query, [ADDRESS]), from);
      this.queries.push(query);
      this.answerer(query, from, this);
    });
    socket.bind(this.#port, LOOPBACK);
    await once(socket, 'listening');
    this.#port = socket.address().port;
    this.#socket = socket;
  }

  send(reply: Buffer, { port, address }: RemoteInfo): void {
    this.#socket?.send(reply, port, address);
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.close();
    await once(socket, 'close');
  }
}

/** A front before a fake upstream, observed, with the identities checked at every event. */
export class FrontBench {
  readonly upstream: FakeUpstream;
  readonly dns: MetricsAwareDns;
  readonly manager = new MetricsManager();
  readonly seen: DnsRecorder;
  readonly drops: IQueryDroppedEvent[] = [];
  readonly rejects: IPacketRejectedEvent[] = [];
  checks = 0;
  /** Of the events, one in so many. */
  checkEvery = 1;
  #events = 0;

  private constructor(upstream: FakeUpstream, options: Partial<IMetricsAwareDnsOptions>, front: object) {
    this.upstream = upstream;
    const any = [{ host: LOOPBACK, port: 0 }];
    const address = { host: LOOPBACK, port: upstream.port };
    this.dns = new MetricsAwareDns({
      server: idleServer(),
      ...options,
      front: { udp: any, tcp: any, upstream: address, ...front },
    });
    this.manager.observe(this.dns);
    this.seen = new DnsRecorder(this.dns);
    this.dns.on('query-dropped', (event) => void this.drops.push(event));
    this.dns.on('packet-rejected', (event) => void this.rejects.push(event));
    const check = (): void => {
      if (++this.#events % this.checkEvery === 0) this.check();
    };
    this.dns.on('query-received', check).on('query-answered', check).on('query-dropped', check);
  }

  static async open(
    front: object = {},
    options: Partial<IMetricsAwareDnsOptions> = {},
    upstream = new FakeUpstream(),
  ): Promise<FrontBench> {
    await upstream.open();
    const bench = new FrontBench(upstream, options, front);
    await bench.dns.start();
    return bench;
  }

  get udp(): number {
    return this.dns.addresses.udp[0]?.port ?? 0;
  }

  get tcp(): number {
    return this.dns.addresses.tcp[0]?.port ?? 0;
  }

  check(): void {
    this.checks++;
    checkIdentities(this.manager);
  }

  /** Everything has ended, and the books agree. */
  async settled(): Promise<void> {
    await until(() => this.dns.activeCount() === 0, 'no query in flight');
    this.check();
    assert.equal(this.seen.received.length, this.seen.answered.length + this.drops.length);
  }

  async close(): Promise<void> {
    await this.dns.stop();
    await this.upstream.close();
    assert.equal(this.dns.activeCount(), 0);
    this.check();
    assert.equal(this.dns.readings().listenerErrors, 0);
  }
}

export function checkIdentities(manager: MetricsManager): void {
  const broken = manager.getStats().self.invariants.filter(({ ok, violations }) => !ok || violations > 0);
  assert.deepEqual(broken, []);
}

/** A UDP client that sends and keeps what comes back. */
export class UdpClient {
  readonly replies: Buffer[] = [];
  readonly #socket = createSocket('udp4');
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    this.#socket.on('message', (reply) => void this.replies.push(reply));
  }

  send(packet: Buffer): void {
    this.#socket.send(packet, this.#port, LOOPBACK);
  }

  /** The reply to this packet: by its id. */
  async ask(packet: Buffer): Promise<Buffer> {
    this.send(packet);
    return this.reply(packet.readUInt16BE(0));
  }

  async reply(id: number): Promise<Buffer> {
    const find = (): number => this.replies.findIndex((reply) => reply.readUInt16BE(0) === id);
    await until(() => find() >= 0, `a reply with id ${id}`);
    return this.replies.splice(find(), 1)[0] ?? Buffer.alloc(0);
  }

  close(): void {
    this.#socket.close();
  }
}

/** A TCP client; `frames` are the messages that came. */
export class TcpClient {
  readonly frames: Buffer[] = [];
  readonly socket: TcpSocket;
  closed = false;
  #pending = Buffer.alloc(0);

  constructor(port: number, allowHalfOpen = false) {
    this.socket = connect({ port, host: LOOPBACK, allowHalfOpen });
    this.socket.on('error', () => undefined).on('close', () => (this.closed = true));
    this.socket.on('data', (chunk: Buffer) => {
      this.#pending = Buffer.concat([this.#pending, chunk]);
      while (this.#pending.length >= 2 && this.#pending.length >= 2 + this.#pending.readUInt16BE(0)) {
        const end = 2 + this.#pending.readUInt16BE(0);
        this.frames.push(this.#pending.subarray(2, end));
        this.#pending = this.#pending.subarray(end);
      }
    });
  }

  async reply(id: number): Promise<Buffer> {
    const find = (): Buffer | undefined => this.frames.find((frame) => frame.readUInt16BE(0) === id);
    await until(() => find() !== undefined, `a reply with id ${id} over TCP`);
    return find() ?? Buffer.alloc(0);
  }
}

export function framed(...messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => [Buffer.from([message.length >> 8, message.length & 255]), message]),
  );
}

/** An OPT record (RFC 6891) to append; the caller counts it. */
export function opt(size: number, { dnssec = false, version = 0, options = Buffer.alloc(0) } = {}): Buffer {
  const head = Buffer.from([0, 0, 41, size >> 8, size & 255, 0, version, dnssec ? 0x80 : 0, 0, 0, 0]);
  head.writeUInt16BE(options.length, 9);
  return Buffer.concat([head, options]);
}

export function withOpt(query: Buffer, record: Buffer): Buffer {
  const whole = Buffer.concat([query, record]);
  whole.writeUInt16BE(whole.readUInt16BE(10) + 1, 10);
  return whole;
}

/** A UDP and TCP port that are free together: dig asks again over TCP where it asked over UDP. */
export async function sharedPort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, LOOPBACK);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const socket = createSocket('udp4');
    const free = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, LOOPBACK, () => resolve(true));
    });
    server.close();
    if (!free) continue;
    socket.close();
    return port;
  }
}
