import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { DnsServer, type IDnsQueryCompletedEvent } from '@push.rocks/smartdns/server';
import type { ICertificate } from './certificate.js';
import { until } from './wait.js';

const run = promisify(execFile);

export interface ITestDns {
  readonly server: DnsServer;
  readonly port: number;
  /** Listens only where a certificate was given. */
  readonly httpsPort: number;
  /** Stops the server and waits until its Rust process is gone. */
  stop(): Promise<void>;
}

/** A real DnsServer for free loopback ports, not started yet. `scripts/setup-smartdns.mjs` must have run. */
export async function makeSmartDns(zone = 'example.test', certificate?: ICertificate): Promise<ITestDns> {
  const [port, httpsPort] = await Promise.all([freeUdpPort(), freeTcpPort()]);
  const server = new DnsServer({
    udpPort: port,
    httpsPort,
    httpsKey: certificate?.key ?? '',
    httpsCert: certificate?.cert ?? '',
    dnssecZone: zone,
    udpBindInterface: '127.0.0.1',
    httpsBindInterface: '127.0.0.1',
  });
  const stop = async (): Promise<void> => {
    const running = rustProcesses().length;
    await server.stop();
    // Of several servers: one of them gone, so stop them one after the other.
    await until(() => rustProcesses().length < Math.max(running, 1), 'the end of the Rust process');
  };
  return { server, port, httpsPort, stop };
}

/** Process ids of the Rust processes of this process' servers. */
export function rustProcesses(): string[] {
  const tasks = readdirSync('/proc/self/task');
  const ids = tasks.flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '));
  return ids.filter((id) => id !== '' && commandLine(id).includes('rustdns_linux'));
}

/** Empty for a process that has ended, reaped or not. */
function commandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** What dig prints of the header's status and the answer section; the SOA's serial (the current second) as `SERIAL`. */
export async function dig(port: number, ...args: string[]): Promise<string> {
  const fixed = ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=30', '+noall', '+comments', '+answer'];
  const { stdout } = await run('dig', [...fixed, ...args]);
  const status = /status: (\w+)/.exec(stdout)?.[1] ?? 'no answer';
  const answers = stdout.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
  const records = answers.map((line) => line.replace(/\s+/g, ' ').replace(/(SOA \S+ \S+) \d+/, '$1 SERIAL'));
  return [status, ...records].join('\n');
}

/** A DNS message made by hand: names in ASCII, questions of class IN. */
export function message(
  id: number,
  questions: readonly (readonly [name: string, type: number])[],
  flags = 0x0100,
): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(questions.length, 4);
  const parts = questions.map(([name, type]) => {
    const labels = name
      .split('.')
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]));
    return Buffer.concat([...labels, Buffer.from([0, type >> 8, type & 255, 0, 1])]);
  });
  return Buffer.concat([header, ...parts]);
}

/** Sends the packets in order over UDP and resolves with the first reply to the last one. */
export function exchange(port: number, ...packets: Buffer[]): Promise<Buffer> {
  const last = packets.at(-1)?.readUInt16BE(0);
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const timer = setTimeout(() => finish(() => reject(new Error('no reply within 60 s'))), 60_000);
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      socket.close();
      settle();
    };
    socket.on('message', (reply) => {
      if (reply.readUInt16BE(0) === last) finish(() => resolve(reply));
    });
    for (const packet of packets) socket.send(packet, port, '127.0.0.1');
  });
}

export interface IAnswerSent {
  readonly answers: readonly unknown[];
  readonly answered: boolean;
}

/**
 * Hands a message to the TypeScript side of a DnsServer that is not started, as its Rust side would, and returns what
 * it would have sent back. Synchronous up to the answer, as in SmartDNS.
 */
export function askTypeScriptSide(server: DnsServer, questions: IDnsQueryCompletedEvent['questions']): IAnswerSent[] {
  const { bridge } = server as unknown as {
    bridge: { emit(event: string, value: unknown): boolean; sendQueryResult: unknown };
  };
  const sent: IAnswerSent[] = [];
  bridge.sendQueryResult = (_id: string, answers: readonly unknown[], answered: boolean): Promise<void> => {
    sent.push({ answers, answered });
    return Promise.resolve();
  };
  bridge.emit('dnsQuery', { correlationId: 'test', questions, dnssecRequested: false });
  return sent;
}

export const question = (name: string, type = 'A'): IDnsQueryCompletedEvent['questions'][number] => ({
  name,
  type,
  class: 'IN',
});

function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4').on('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

function freeTcpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
