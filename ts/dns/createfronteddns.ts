import type { IDnsServer } from '../interfaces/smartdns.js';
import { optionsObject } from '../shared/options.js';
import { type IMetricsAwareDnsOptions, MetricsAwareDns } from './classes.metricsawaredns.js';
import type { IDnsFrontOptions } from './front/options.js';
import { dgram } from './plugins.js';

const ATTEMPTS = 3;
const LOOPBACK = '127.0.0.1';

export interface IFrontedDnsOptions extends Omit<IMetricsAwareDnsOptions, 'server' | 'front'> {
  /** As `MetricsAwareDns` takes it; the upstream is found here. */
  readonly front: Omit<IDnsFrontOptions, 'upstream'>;
}

/**
 * A started `MetricsAwareDns` with a front before the server that `makeServer` makes for a free UDP port of 127.0.0.1.
 * A port can be taken between its choice and its use: then another is tried, with a new server, three in all. It is good
 * once it answers a real query. Rejects with what the start failed of.
 */
export async function createFrontedDns(
  makeServer: (port: number) => IDnsServer,
  options: IFrontedDnsOptions,
): Promise<MetricsAwareDns> {
  optionsObject('createFrontedDns', options);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const front = { ...options.front, upstream: { host: LOOPBACK, port } };
    const server = makeServer(port);
    const dns = new MetricsAwareDns({ ...options, server, front });
    try {
      await dns.start();
      return dns;
    } catch (error) {
      dns.detach();
      // SmartDNS's process runs on after a start that failed.
      await server.stop().catch(() => undefined);
      if (attempt === ATTEMPTS || !isTaken(error, port)) throw error;
    }
  }
}

/** Whether somebody else has this port. SmartDNS says so in words only, Node by a code and the port it means. */
function isTaken(error: unknown, port: number): boolean {
  if (!(error instanceof Error)) return false;
  const { code, port: meant } = error as { code?: unknown; port?: unknown };
  return code === 'EADDRINUSE' ? meant === port : /address already in use/i.test(error.message);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, LOOPBACK, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
