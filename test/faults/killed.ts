import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MetricsAwareDns } from '../../ts/dns/index.js';
import { MetricsManager } from '../../ts/index.js';
import { exchange, makeSmartDns, message, rustProcesses } from '../helpers/smartdns.js';
import { until } from '../helpers/wait.js';

// In a process of its own: `bare|wrapped idle|asked`. SmartDNS's own process is killed, while it waits for a handler's
// answer or not, and started again; tells what clients got.
const [, , mode = '', when = ''] = process.argv;
const { server, port } = await makeSmartDns();
const dns = mode === 'wrapped' ? new MetricsAwareDns({ server }) : null;
const manager = new MetricsManager();
if (dns !== null) manager.observe(dns);
const kill = (): string[] => {
  const pids = rustProcesses();
  for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  return pids;
};
/** All its threads have ended, and with them its side of the pipe; we cannot have been told, since we do not turn. */
const isOver = (pid: string): boolean =>
  readdirSync(`/proc/${pid}/task`).length === 1 && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
(dns ?? server).registerHandler('*.example.test', ['A'], ({ name }) => {
  if (name === 'kill.example.test') {
    const pids = kill();
    for (const end = performance.now() + 20_000; !pids.every(isOver) && performance.now() < end;);
  }
  return { name, type: 'A', class: 'IN', ttl: 60, data: '192.0.2.1' };
});

async function ask(): Promise<string[]> {
  const replies: string[] = [];
  for (const name of ['a.example.test', 'b.example.test', 'c.example.test']) {
    replies.push((await exchange(port, message(1, [[name, 1]]))).toString('hex'));
  }
  return replies;
}

await server.start();
process.send?.(await ask());
if (when === 'idle') kill();
else
  createSocket('udp4')
    .unref()
    .send(message(1, [['kill.example.test', 1]]), port, '127.0.0.1');
await until(() => rustProcesses().length === 0, 'the end of its process');
// Whatever SmartDNS makes of it, it does now.
await sleep(500);
process.send?.('alive');
await server.stop();
await server.start();
process.send?.(await ask());
await server.stop();
const { self, dns: figures } = manager.getStats();
const broken = self.invariants.filter(({ ok, violations }) => !ok || violations > 0);
process.send?.({ broken, queries: figures?.totalQueries, inFlight: figures?.inFlight });
await until(() => rustProcesses().length === 0, 'the end of its process');
process.exit(0);
