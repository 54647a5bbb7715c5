/** One server of `scale.ts`, with as many connections as it is told to have. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { setImmediate as turn, setInterval as every, setTimeout as sleep } from 'node:timers/promises';
import { answers } from './child.js';
import type { IBeat, IPass, IStarted, IWeight, TKind, TServerOrder } from './orders.js';
import { SyntheticSocket } from './synthetic.js';
import { takeTurns, watchTurns } from './turns.js';

watchTurns();
const { MetricsAwareProxy, MetricsManager } = await import('../../ts/index.js');

type THandler = (socket: net.Socket, context?: { readonly clientIp: string; readonly port: number }) => void;

const ROUTES = 100;
const COLLECTIONS = 4;

let [opened, messages] = [0, 0];
let sweep = async (): Promise<void> => undefined;
let toldOfTraffic = (): number | null => null;
let handlers: readonly THandler[] = [];
const synthetic: SyntheticSocket[] = [];

const count = (): void => void messages++;
const ignore = (): void => undefined;

function handle(socket: net.Socket): void {
  socket.on('error', ignore);
  socket.on('data', count);
}

async function start(kind: TKind, sampleIntervalMs: number): Promise<IStarted> {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs });
  if (kind === 'observed') {
    const manager = new MetricsManager();
    manager.observe(proxy);
    toldOfTraffic = () => manager.snapshot().self.events.find(({ event }) => event === 'traffic')?.count ?? 0;
  }
  if (kind !== 'bare') sweep = () => proxy.sweep();
  handlers = Array.from({ length: ROUTES }, (_unused, index): THandler =>
    kind === 'bare' ? handle : proxy.wrapSocketHandler<THandler>(handle, { routeName: `route-${index}` }),
  );
  const server = net.createServer((socket) => handlers[opened++ % ROUTES]?.(socket));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    openFiles: Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]),
  };
}

async function grow(real: number, more: number): Promise<object> {
  while (opened < real) await sleep(5);
  while (synthetic.length < more) {
    const socket = new SyntheticSocket();
    const index = synthetic.push(socket);
    const clientIp = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    handlers[index % ROUTES]?.(socket, { clientIp, port: 443 });
    if (index % 1_000 === 0) await turn();
  }
  return {};
}

async function weigh(): Promise<IWeight> {
  for (let time = 0; time < COLLECTIONS; time++) {
    await sleep(20);
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return { bytes: heapUsed + external };
}

async function pass(expected: number): Promise<IPass> {
  while (messages < expected) await sleep(5);
  messages = 0;
  for (const socket of synthetic) socket.moved += 100;
  const toldBefore = toldOfTraffic();
  takeTurns();
  const before = process.cpuUsage();
  await sweep();
  const { user, system } = process.cpuUsage(before);
  const turns = takeTurns();
  const told = toldOfTraffic();
  return { ...turns, wholeMs: (user + system) / 1_000, moved: told === null ? null : told - (toldBefore ?? 0) };
}

async function beat(seconds: number): Promise<IBeat> {
  takeTurns();
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  let second = 0;
  for await (const _tick of every(1_000)) {
    for (let index = second % 100; index < synthetic.length; index += 100) {
      const socket = synthetic[index];
      if (socket !== undefined) socket.moved += 100;
    }
    if (++second >= seconds) break;
  }
  const { user, system } = process.cpuUsage(before);
  return { ...takeTurns(), wholeMs: (user + system) / 1_000, seconds: (performance.now() - startedAt) / 1_000 };
}

answers<TServerOrder>(async (order) => {
  switch (order.what) {
    case 'start':
      return start(order.kind, order.intervalMs);
    case 'grow':
      return grow(order.real, order.synthetic);
    case 'weigh':
      return weigh();
    case 'pass':
      return pass(order.messages);
    case 'beat':
      return beat(order.seconds);
  }
});
