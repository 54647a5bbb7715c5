import type { ChildProcess } from 'node:child_process';
import type { IMetricsAwareDnsOptions } from '../dns/index.js';
import type { IDnsServer } from '../interfaces/smartdns.js';
import { isWildcard } from '../ops/hosts.js';
import { RoutemeterError } from '../shared/errors.js';
import type { IDnsConfig, IFrontConfig } from './config.js';
import { listenError, messageOf, PortInUseError } from './errors.js';
import { freePort, freeUdpPort } from './freeport.js';
import { warn } from './output.js';
import { diagnosticsChannel, importSmartDns, net } from './plugins.js';

const NEEDED_GLIBC = '2.38';
const LOOPBACK = '127.0.0.1';

export interface ICliDnsServer {
  readonly server: IDnsServer;
  /** As clients will find it: never 0. */
  readonly port: number;
  /** Of what observes the server. */
  readonly options: Pick<IMetricsAwareDnsOptions, 'front' | 'cache'>;
  /** `run` starts the server. Rejects with `ERR_DNS_UNAVAILABLE` where SmartDNS cannot run here at all. */
  start(run: () => Promise<void>): Promise<void>;
}

/** Loads SmartDNS, which is installed only where DNS is served. Throws `ERR_DNS_UNAVAILABLE` where it is not. */
export async function loadDnsServer({ host, port: wanted, zone, front }: IDnsConfig): Promise<ICliDnsServer> {
  const { DnsServer } = await loadSmartDns();
  // SmartDNS takes 0 and does not tell what it got. Clients that ask over UDP go on over TCP at the same port.
  const port = wanted !== 0 ? wanted : front === false ? await freeUdpPort(host) : await freePort(host);
  const own = front === false ? { host, port } : { host: LOOPBACK, port: await freeUdpPort(LOOPBACK) };
  const server = new DnsServer({
    udpPort: own.port,
    udpBindInterface: own.host,
    httpsPort: 0,
    httpsBindInterface: own.host,
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
    options: front === false ? {} : frontOptions({ host, port }, own, front),
    start: async (run) => {
      const binary = watchBinary();
      const started = run();
      started.catch(() => undefined);
      try {
        // Where the binary fails at once, SmartDNS itself waits 10 s before it says so.
        await Promise.race([started, binary.failed]);
      } catch (error) {
        throw explained(error, `${own.host}:${own.port}`, binary.lastWords());
      } finally {
        binary.started();
      }
    },
  };
}

interface IAddress {
  readonly host: string;
  readonly port: number;
}

function frontOptions(
  address: IAddress,
  upstream: IAddress,
  { cache, doh }: IFrontConfig,
): Pick<IMetricsAwareDnsOptions, 'front' | 'cache'> {
  const { host, port } = address;
  // As for the proxy, `::` is every address of both families; a socket of the front has one.
  const hosts = net.isIPv6(host) && isWildcard(host) ? [host, '0.0.0.0'] : [host];
  const plain = hosts.map((one) => ({ host: one, port }));
  const https = doh === undefined ? undefined : hosts.map((one) => ({ ...doh, host: one }));
  return { front: { udp: plain, tcp: plain, doh: https, upstream }, cache };
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

/** `address` is SmartDNS's own. */
function explained(error: unknown, address: string, lastWords: string): Error {
  const message = messageOf(error);
  const told = listenError(error);
  if (told instanceof Error && told !== error) {
    const Kind = told instanceof PortInUseError ? PortInUseError : Error;
    return new Kind(`DNS ${told.message}`, { cause: error });
  }
  if (error instanceof RoutemeterError) return error;
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
