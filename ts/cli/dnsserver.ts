import { createSocket } from 'node:dgram';
import type { DnsServer } from '@push.rocks/smartdns/server';
import type { IDnsServer } from '../interfaces/smartdns.js';
import { RoutemeterError } from '../shared/errors.js';
import type { IDnsConfig } from './config.js';
import { messageOf, PortInUseError } from './errors.js';
import { warn } from './output.js';

const NEEDED_GLIBC = '2.38';

export interface ICliDnsServer {
  readonly server: IDnsServer;
  /** As it will be bound: never 0. */
  readonly port: number;
  /** Rejects with `ERR_DNS_UNAVAILABLE` where SmartDNS cannot run here at all. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Loads SmartDNS, which is installed only where DNS is served. Throws `ERR_DNS_UNAVAILABLE` where it is not. */
export async function loadDnsServer({ host, port: wanted, zone }: IDnsConfig): Promise<ICliDnsServer> {
  const { DnsServer } = await importSmartDns();
  // SmartDNS takes 0 and does not tell what it got.
  const port = wanted === 0 ? await freeUdpPort(host) : wanted;
  const server = new DnsServer({
    udpPort: port,
    udpBindInterface: host,
    httpsPort: 0,
    httpsBindInterface: host,
    httpsKey: '',
    httpsCert: '',
    dnssecZone: zone,
    // What SmartDNS answers by itself is seen by nobody.
    enableLocalhostHandling: false,
  });
  const binary = watchBinary(server);
  return {
    server,
    port,
    start: async () => {
      const started = server.start();
      // Where the binary fails at once, SmartDNS itself waits 10 s before it says so.
      started.catch(() => undefined);
      try {
        await Promise.race([started, binary.failed]);
      } catch (error) {
        throw explained(error, `${host}:${port}`, binary.lastWords());
      }
      binary.running();
    },
    // Also after a failed start: the Rust process is there then, too.
    stop: () => server.stop(),
  };
}

async function importSmartDns(): Promise<{ DnsServer: typeof DnsServer }> {
  try {
    return await import('@push.rocks/smartdns/server');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    const reason = missing ? 'SmartDNS is not installed' : `SmartDNS cannot be loaded (${messageOf(error)})`;
    throw unavailable(`${reason}: npm install @push.rocks/smartdns`, error);
  }
}

function explained(error: unknown, address: string, lastWords: string): Error {
  const message = messageOf(error);
  if (!message.includes('spawn') && !(error instanceof BinaryError)) {
    if (message.includes('Address already in use')) {
      return new PortInUseError(`DNS cannot listen on ${address}: the port is in use`, { cause: error });
    }
    return new Error(`DNS cannot listen on ${address}: ${message}`, { cause: error });
  }
  if (!lastWords.includes('GLIBC_')) {
    return unavailable(`SmartDNS cannot start: ${lastWords === '' ? message : lastWords}`, error);
  }
  const remedy = 'use Debian 13, Ubuntu 24.04 or newer, or run "npm run setup:smartdns" in a checkout of routemeter';
  return unavailable(`SmartDNS needs glibc ${NEEDED_GLIBC}, which this machine does not have: ${remedy}`, error);
}

const unavailable = (message: string, cause: unknown): RoutemeterError =>
  new RoutemeterError('ERR_DNS_UNAVAILABLE', message, { cause });

class BinaryError extends Error {}

interface IBinaryWatch {
  /** Rejects when the binary ends before it runs. */
  readonly failed: Promise<never>;
  /** From here on its end is news. */
  running(): void;
  lastWords(): string;
}

interface IEvents {
  on(event: string, listener: (value: unknown) => void): unknown;
}

/** Listens where SmartDNS itself does not: to its binary, which is a field of a field and may move. */
function watchBinary(server: object): IBinaryWatch {
  let running = false;
  let last = '';
  const outer = (server as { bridge?: Partial<IEvents> & { bridge?: Partial<IEvents> } }).bridge;
  const failed = new Promise<never>((_, reject) => {
    outer?.bridge?.on?.('exit', () => {
      if (running) warn('SmartDNS has ended by itself: no DNS until routemeter is started again');
      reject(new BinaryError('SmartDNS ended while it started'));
    });
  });
  failed.catch(() => undefined);
  outer?.bridge?.on?.('stderr', (line) => (last = String(line)));
  // An 'error' that nobody listens to would end this process.
  outer?.on?.('error', (error) => warn(`SmartDNS: ${messageOf(error)}`));
  return { failed, running: () => (running = true), lastWords: () => last };
}

function freeUdpPort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4').once('error', reject);
    socket.bind(0, host, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
