/** One server of `dns-front.ts` in a process of its own. It listens on loopback, tells its port, and ends with whoever started it. */
import { createSocket } from 'node:dgram';
import { DnsServer } from '@push.rocks/smartdns/server';
import { createFrontedDns, type IDnsCacheOptions, MetricsAwareDns } from '../../ts/dns/index.js';
import { MetricsManager } from '../../ts/index.js';
import type { IDnsServer } from '../../ts/interfaces/smartdns.js';
import { KINDS, type TKind } from './kinds.js';
import { ANSWERED_ZONE } from './queries.js';

const LOOPBACK = '127.0.0.1';

const makeServer = (udpPort: number): DnsServer =>
  new DnsServer({
    udpPort,
    httpsPort: 0,
    httpsKey: '',
    httpsCert: '',
    dnssecZone: ANSWERED_ZONE,
    udpBindInterface: LOOPBACK,
    httpsBindInterface: LOOPBACK,
  });

/** Those that answer come last: SmartDNS tries every one of them for each question. */
function register(server: Pick<IDnsServer, 'registerHandler'>, handlers: number): void {
  for (let index = 2; index < handlers; index++) server.registerHandler(`host-${index}.other.test`, ['A'], () => null);
  for (const [type, data] of [
    ['A', '192.0.2.1'],
    ['AAAA', '2001:db8::1'],
  ] as const) {
    // prettier-ignore
    server.registerHandler(`*.${ANSWERED_ZONE}`, [type], ({ name }) => ({ name, type, class: 'IN', ttl: 3_600, data }));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4').once('error', reject);
    socket.bind(0, LOOPBACK, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** `coalesce` keeps no negative answer, so that a name that nobody answers is a miss each time. */
const CACHES: Readonly<Partial<Record<TKind, IDnsCacheOptions>>> = {
  cache: {},
  coalesce: { coalesce: true, negativeTtl: 0 },
};

/** What Node itself allows: a query goes back as its own answer, without a record. */
async function echo(): Promise<number> {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: 4 << 20,
    sendBufferSize: 4 << 20,
    lookup: (address, _options, callback) => callback(null, address, 4),
  });
  socket.on('message', (packet, { port, address }) => {
    packet[2] = (packet[2] ?? 0) | 0x80;
    socket.send(packet, port, address);
  });
  await new Promise<void>((resolve) => void socket.bind(0, LOOPBACK, resolve));
  return socket.address().port;
}

async function start(kind: TKind, handlers: number): Promise<number> {
  if (kind === 'echo') return echo();
  if (kind === 'bare') {
    const port = await freePort();
    const server = makeServer(port);
    register(server, handlers);
    await server.start();
    return port;
  }
  const manager = new MetricsManager();
  if (kind === 'handlers') {
    const port = await freePort();
    const dns = new MetricsAwareDns({ server: makeServer(port) });
    register(dns, handlers);
    manager.observe(dns);
    await dns.start();
    return port;
  }
  const dns = await createFrontedDns(makeServer, {
    front: { udp: [{ host: LOOPBACK, port: 0 }] },
    cache: CACHES[kind],
  });
  register(dns, handlers);
  manager.observe(dns);
  return dns.addresses.udp[0]?.port ?? 0;
}

const [kind, handlers] = process.argv.slice(2);
const known = KINDS.find((one) => one === kind);
if (known === undefined) throw new Error(`no such server: ${kind ?? ''}`);
const port = await start(known, Number(handlers));
// SmartDNS's own process ends with its standard input.
process.once('disconnect', () => process.exit(0));
process.send?.({ port });
