import * as assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareDns } from '../../../ts/dns/index.js';
import { MetricsManager } from '../../../ts/index.js';
import { until } from '../../helpers/wait.js';
import { Dice, packet, replies } from './grammar.js';
import { checkIdentities, FakeUpstream, framed, idleServer, LOOPBACK, TcpClient, UdpClient } from './support.js';

const SECONDS = 3_600;
const STEP = 2;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

tap.test('an hour of injected time with faults: every gauge at 0, the books agree, the heap is flat', async () => {
  const dice = new Dice(20_260_103);
  const upstream = new FakeUpstream((query, from, itself) => {
    for (const reply of replies(dice, query)) itself.send(reply, from);
    itself.queries.length = 0;
  });
  await upstream.open();
  let now = 0;
  const clock = { now: () => now, wall: () => 1_700_000_000_000 + now };
  const at = [{ host: LOOPBACK, port: 0 }];
  const dns = new MetricsAwareDns({
    server: idleServer(),
    front: { udp: at, tcp: at, upstream: { host: LOOPBACK, port: upstream.port }, timeoutMs: 900 },
    cache: { coalesce: true, maxEntries: 100 },
    clock,
  });
  const manager = new MetricsManager({ clock });
  manager.observe(dns);
  await dns.start();
  const client = new UdpClient(dns.addresses.udp[0]?.port ?? 0);
  const tcpPort = dns.addresses.tcp[0]?.port ?? 0;
  const counted = (): number => {
    const { totalQueries = 0, rejected = {} } = manager.getStats().dns ?? {};
    const strays = rejected['stray-reply'] ?? 0;
    return totalQueries + Object.values(rejected).reduce((sum, one) => sum + one, 0) - strays;
  };
  let early = 0;
  let sent = 0;
  for (let second = STEP; second <= SECONDS; second += STEP) {
    if (second % 600 === 0) await upstream.close();
    if (second > 600 && second % 600 === 4) await upstream.open();
    for (let id = 0; id < 4; id++, sent++) client.send(packet(dice, id));
    await until(() => counted() >= sent, `second ${second}: all counted`);
    if (second % 20 === 0) {
      const tcp = new TcpClient(tcpPort, true);
      const packets = [packet(dice, 1), packet(dice, 2)];
      const before = counted();
      tcp.socket.end(framed(...packets));
      await until(() => counted() > before, `second ${second}: over TCP`);
      tcp.socket.destroy();
      await until(() => tcp.closed, 'its end');
      sent = counted();
    }
    now += STEP * 1_000;
    checkIdentities(manager);
    client.replies.length = 0;
    if (second === SECONDS / 4) early = heap();
  }
  await until(() => dns.activeCount() === 0, 'none in flight');
  checkIdentities(manager);
  const grown = heap() - early;
  assert.ok(grown < 3_000_000, `the heap has grown by ${grown} octets`);
  const stats = manager.getStats().dns;
  assert.equal(stats?.inFlight, 0);
  assert.ok((stats.cache?.entries ?? 0) <= 100);
  client.close();
  await dns.stop();
  await upstream.close();
  assert.equal(dns.readings().listenerErrors, 0);
});

export default tap.start({ throwOnError: true });
