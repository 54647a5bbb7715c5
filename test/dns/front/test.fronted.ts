import * as assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { DnsServer } from '@push.rocks/smartdns/server';
import { tap } from '@push.rocks/tapbundle';
import { createFrontedDns, type IDnsServer } from '../../../ts/dns/index.js';
import { message, rustProcesses } from '../../helpers/smartdns.js';
import { until } from '../../helpers/wait.js';
import { FakeUpstream, idleServer, LOOPBACK, UdpClient } from './support.js';

const any = [{ host: LOOPBACK, port: 0 }];
const front = { udp: any };
const IN_WORDS = new Error('UDP bind failed: Address already in use (os error 98)');
const byNode = (port: number): Error =>
  Object.assign(new Error(`bind EADDRINUSE ${LOOPBACK}:${port}`), { code: 'EADDRINUSE', port });

/** Makes servers whose start fails of what `failure` gives, or that answer; tells of ports and stops. */
class Maker {
  readonly ports: number[] = [];
  stops = 0;
  readonly #failure: (port: number, attempt: number) => Error | 'silent' | null;

  constructor(failure: (port: number, attempt: number) => Error | 'silent' | null) {
    this.#failure = failure;
  }

  readonly make = (port: number): IDnsServer => {
    const attempt = this.ports.push(port);
    const fake = new FakeUpstream(undefined, port);
    return {
      ...idleServer(),
      start: async () => {
        const failure = this.#failure(port, attempt);
        if (failure instanceof Error) throw failure;
        if (failure === null) await fake.open();
      },
      stop: async () => {
        this.stops++;
        await fake.close();
      },
    };
  };
}

tap.test('a port that somebody took meanwhile: another one, with another server, three in all', async () => {
  const maker = new Maker((port, attempt) => [null, IN_WORDS, byNode(port), null][attempt] ?? null);
  const dns = await createFrontedDns(maker.make, { front });
  assert.equal(new Set(maker.ports).size, 3);
  assert.equal(maker.stops, 2);
  const client = new UdpClient(dns.addresses.udp[0]?.port ?? 0);
  assert.equal((await client.ask(message(1, [['a.test', 1]]))).readUInt16BE(6), 1);
  client.close();
  await dns.stop();
  const never = new Maker(() => IN_WORDS);
  await assert.rejects(createFrontedDns(never.make, { front }), IN_WORDS);
  assert.equal(never.ports.length, 3);
});

tap.test('any other reason is told at once, with the server stopped', async () => {
  const other = new Error('Failed to spawn rustdns binary');
  const failing = new Maker(() => other);
  await assert.rejects(createFrontedDns(failing.make, { front }), other);
  const silent = new Maker(() => 'silent');
  await assert.rejects(createFrontedDns(silent.make, { front: { ...front, timeoutMs: 200 } }), (error: Error & { code?: string }) => error.code === 'ERR_FRONT_UPSTREAM'); // prettier-ignore
  const busy = createSocket('udp4').bind(0, LOOPBACK);
  await once(busy, 'listening');
  const own = new Maker(() => null);
  const taken = { ...front, udp: [{ host: LOOPBACK, port: busy.address().port }] };
  await assert.rejects(createFrontedDns(own.make, { front: taken }), /EADDRINUSE/, 'an address of the front’s own');
  busy.close();
  for (const { ports, stops } of [failing, silent, own]) assert.ok(ports.length === 1 && stops >= 1);
  await assert.rejects(createFrontedDns(own.make, { front: {} }), /udp, tcp or doh/);
});

tap.test('SmartDNS on a port that is taken: its process ends, another one answers', async () => {
  const thief = createSocket('udp4');
  let made = 0;
  const make = (port: number): IDnsServer => {
    const server = new DnsServer({
      udpPort: port,
      udpBindInterface: LOOPBACK,
      httpsPort: 0,
      httpsBindInterface: LOOPBACK,
      httpsKey: '',
      httpsCert: '',
      dnssecZone: 'example.test',
    });
    if (++made > 1) return server;
    const start = server.start.bind(server);
    server.start = async () => {
      thief.bind(port, LOOPBACK);
      await once(thief, 'listening');
      return start();
    };
    return server;
  };
  const dns = await createFrontedDns(make, { front });
  assert.equal(made, 2);
  await until(() => rustProcesses().length === 1, 'one process');
  thief.close();
  await dns.stop();
  await until(() => rustProcesses().length === 0, 'no process');
});

export default tap.start({ throwOnError: true });
