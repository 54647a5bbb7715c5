import type { ChildProcess } from 'node:child_process';
import type { IDnsServer } from '../interfaces/smartdns.js';
import { RoutemeterError } from '../shared/errors.js';
import type { IDnsConfig } from './config.js';
import { messageOf, PortInUseError } from './errors.js';
import { warn } from './output.js';
import { dgram, diagnosticsChannel, importSmartDns } from './plugins.js';

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
  const { DnsServer } = await loadSmartDns();
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
  hearErrors(server);
  return {
    server,
    port,
    start: async () => {
      const binary = watchBinary();
      const started = server.start();
      started.catch(() => undefined);
      try {
        // Where the binary fails at once, SmartDNS itself waits 10 s before it says so.
        await Promise.race([started, binary.failed]);
      } catch (error) {
        throw explained(error, `${host}:${port}`, binary.lastWords());
      } finally {
        binary.started();
      }
    },
    // Also after a failed start: the Rust process is there then, too.
    stop: () => server.stop(),
  };
}

async function loadSmartDns(): ReturnType<typeof importSmartDns> {
  try {
    return await importSmartDns();
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
  /** The start is over: from here on an end is news. */
  started(): void;
  lastWords(): string;
}

/** SmartDNS tells nobody when its process ends, and does not expect that its pipe breaks. */
function watchBinary(): IBinaryWatch {
  let running = false;
  let lastWords = '';
  const { promise: failed, reject } = withReject();
  const created = (message: unknown): void => {
    const { process: child } = message as { process: ChildProcess };
    child.once('spawn', () => {
      if (!child.spawnfile.includes('rustdns')) return;
      // Unheard, a write to a process that has ended would end this one.
      child.stdin?.on('error', () => undefined);
      child.stderr?.on('data', (chunk) => (lastWords = String(chunk).trim() || lastWords));
      child.once('close', (_, signal) => {
        // Ctrl-C in a terminal reaches it as well as us.
        if (running && signal !== 'SIGINT')
          warn('SmartDNS has ended by itself: no DNS until routemeter is started again');
        reject(new BinaryError('its process ended while it started'));
      });
    });
  };
  diagnosticsChannel.subscribe('child_process', created);
  return {
    failed,
    started: () => {
      running = true;
      diagnosticsChannel.unsubscribe('child_process', created);
    },
    lastWords: () => lastWords,
  };
}

function withReject(): { readonly promise: Promise<never>; reject(error: Error): void } {
  let reject = (_: Error): void => undefined;
  const promise = new Promise<never>((_, no) => (reject = no));
  promise.catch(() => undefined);
  return { promise, reject: (error) => reject(error) };
}

/** What its process reports comes as an 'error' on an inner emitter: unheard, that would end this process. */
function hearErrors(server: object): void {
  const { bridge } = server as { bridge?: { on?: (event: 'error', listener: (error: unknown) => void) => unknown } };
  bridge?.on?.('error', (error) => warn(`SmartDNS: ${messageOf(error)}`));
}

function freeUdpPort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4').once('error', reject);
    socket.bind(0, host, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
