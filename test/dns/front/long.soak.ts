import * as assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns } from '../../../ts/dns/index.js';
import { MetricsManager } from '../../../ts/index.js';
import { PrometheusExporter } from '../../../ts/prometheus/index.js';
import { makeCertificate } from '../../helpers/certificate.js';
import { plainHost } from '../../helpers/hosts/plainhost.js';
import type { THandler } from '../../helpers/hosts/host.js';
import { makeSmartDns, message, rustProcesses } from '../../helpers/smartdns.js';
import { UdpProxy } from '../../helpers/udpproxy.js';
import { until } from '../../helpers/wait.js';
import { Dice } from './grammar.js';
import { faults, SoakLoad } from './soakload.js';
import { checkIdentities, LOOPBACK, UdpClient } from './support.js';

const DURATION_MS = 60_000;
/** By then everything that is bounded is full. */
const WARM_MS = 20_000;
const KILL_EVERY_MS = 8_000;
// Another seed each day; a failure names it.
const seed = Math.floor(Date.now() / 86_400_000);
const any = [{ host: LOOPBACK, port: 0 }];
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

tap.test(
  `a minute of real time with faults, seed ${seed}: every gauge at 0, the books agree, the heap is flat`,
  async () => {
    const dice = new Dice(seed);
    const thrown: unknown[] = [];
    const onThrown = (error: unknown): void => {
      // SmartDNS does not expect the pipe to its own process to break.
      if (error instanceof Error && error.stack?.includes('smartrust')) return;
      thrown.push(error);
    };
    process.on('uncaughtException', onThrown).on('unhandledRejection', onThrown);
    const smart = await makeSmartDns();
    const between = new UdpProxy(smart.port, (packet) => faults(dice, packet));
    await between.open();
    const dns = new MetricsAwareDns({
      server: smart.server,
      front: {
        udp: any,
        tcp: any,
        doh: [{ host: LOOPBACK, port: 0, ...makeCertificate('localhost') }],
        upstream: { host: LOOPBACK, port: between.port },
        timeoutMs: 500,
        tcpIdleMs: 1_000,
      },
      cache: { coalesce: true, maxEntries: 500, maxTtl: 2, negativeTtl: 1 },
    });
    dns.registerHandler('*.example.test', ['A', 'AAAA'], ({ name, type }) => {
      return { name, type, class: 'IN', ttl: 60, data: type === 'A' ? '192.0.2.1' : '2001:db8::1' };
    });
    // Lists that are full by then, too.
    const manager = new MetricsManager({ topLists: { capacity: 50 } });
    manager.observe(dns);
    let reads = 0;
    const read = (): void => {
      if (++reads % 20 === 0) checkIdentities(manager);
    };
    dns.on('query-received', read).on('query-answered', read).on('query-dropped', read);
    await dns.start();
    const routed = await plainHost.listen('doh', dns.dohSocketHandler as THandler, { firstChunk: false, http: true });
    const { udp, tcp, doh } = dns.addresses;
    const ports = { udp: udp[0]?.port ?? 0, tcp: tcp[0]?.port ?? 0, doh: doh[0]?.port ?? 0, routed: routed.port };
    const load = new SoakLoad(dice, ports);

    let sent = 0;
    let kills = 0;
    let early = 0;
    let underWay = 0;
    const rejected: Record<string, number> = {};
    let counted = 0;
    dns.on('query-received', ({ source }) => void (source === 'udp' && counted++));
    dns.on('packet-rejected', ({ source, reason }) => {
      rejected[reason] = (rejected[reason] ?? 0) + 1;
      if (source === 'udp' && reason !== 'stray-reply') counted++;
    });
    const begin = (work: Promise<void>): void => {
      underWay++;
      void work.catch(onThrown).finally(() => underWay--);
    };
    const started = performance.now();
    const elapsed = (): number => performance.now() - started;
    while (elapsed() < DURATION_MS) {
      sent += load.udp();
      if (underWay < 40) begin(dice.pick([() => load.tcp(), () => load.https(), () => load.abort()])());
      if (elapsed() > (kills + 1) * KILL_EVERY_MS) {
        kills++;
        begin(killed());
      }
      if (early === 0 && elapsed() > WARM_MS) early = heap();
      assert.deepEqual(thrown, []);
      await new Promise((resolve) => setTimeout(resolve, dice.roll(40)));
    }

    /** SmartDNS is gone for up to two seconds. */
    async function killed(): Promise<void> {
      const [pid] = rustProcesses();
      if (pid !== undefined) process.kill(Number(pid), 'SIGKILL');
      await until(() => rustProcesses().length === 0, 'the end of SmartDNS');
      await smart.server.stop();
      await new Promise((resolve) => setTimeout(resolve, dice.roll(2_000)));
      await smart.server.start();
    }

    await until(() => underWay === 0, 'the end of all that was begun', 15_000);
    await load.close();
    // It is well again, without a restart of the front.
    const client = new UdpClient(ports.udp);
    let id = 0;
    await until(async () => {
      sent++;
      const reply = await client.ask(message(++id, [[`well${id}.example.test`, 1]]));
      return reply.readUInt16BE(6) === 1;
    }, 'an answer at last');
    client.close();
    await until(() => dns.activeCount() === 0, 'none in flight');
    await until(() => counted === sent, `every packet over UDP to be counted: ${counted} of ${sent}`);
    checkIdentities(manager);
    const stats = manager.getStats().dns;
    assert.deepEqual(Object.keys(stats?.transports ?? {}).sort(), ['https', 'tcp', 'udp']);
    for (const reason of ['stray-reply', 'truncated', 'short', 'response'])
      assert.ok((rejected[reason] ?? 0) > 0, reason);
    assert.ok((stats?.dropped['client-gone'] ?? 0) > 0 && (stats?.responseCodes?.['SERVFAIL'] ?? 0) > 0);
    assert.equal(kills, Math.floor(DURATION_MS / KILL_EVERY_MS));
    assert.ok(load.answers > 1_000, `${load.answers} answers came`);

    dns.cache?.clear();
    await routed.close();
    await dns.stop();
    const grown = heap() - early;
    assert.ok(grown < 3_000_000, `the heap has grown by ${grown} octets since second ${WARM_MS / 1_000}`);
    const { body } = await new PrometheusExporter(manager).render('text/plain');
    const gauges = [...body.matchAll(/^# TYPE (router_dns_\w+) gauge$/gm)].map(([, name]) => name ?? '');
    assert.ok(gauges.length >= 3, gauges.join());
    for (const name of gauges) {
      for (const [line] of body.matchAll(new RegExp(`^${name}(\\{.*\\})? .*$`, 'gm'))) assert.match(line, / 0$/);
    }
    between.close();
    await smart.stop();
    const open = (): string[] => process.getActiveResourcesInfo().filter((kind) => /TCP|TLS|UDP/.test(kind));
    await until(() => open().length === 0, 'no socket to be open').catch(() => assert.deepEqual(open(), []));
    assert.deepEqual(thrown, []);
    assert.equal(dns.readings().listenerErrors, 0);
    process.off('uncaughtException', onThrown).off('unhandledRejection', onThrown);
    console.log(
      `# ${stats?.totalQueries} queries, ${load.answers} answers seen, heap ${grown}`,
      stats?.dropped,
      rejected,
    );
  },
);

export default tap.start({ throwOnError: true });
