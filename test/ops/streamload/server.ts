/*
 * A process of its own: two servers that are alike, each observed and with an ops server. Readers stay on the first; the
 * second is what it costs without them, in the same process and at the same time.
 */
import * as net from 'node:net';
import { MetricsAwareProxy, MetricsManager } from '../../../ts/index.js';
import { OpsServer } from '../../../ts/ops/index.js';

export interface ISide {
  readonly port: number;
  readonly url: string;
}

export interface IUsage {
  /** Of this process so far, in ms, without and with a collection. */
  readonly cpuMs: number;
  readonly collectedCpuMs: number;
  /** After it. */
  readonly heapBytes: number;
}

async function side(): Promise<ISide> {
  const proxy = new MetricsAwareProxy();
  const manager = new MetricsManager();
  manager.observe(proxy);
  const handler = (socket: net.Socket): void => {
    socket.on('error', () => undefined);
    socket.resume();
    socket.end('bye');
  };
  const server = net.createServer(proxy.wrapSocketHandler(handler, { routeName: 'load' }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1_024, resolve));
  const ops = new OpsServer({ source: manager, events: [proxy], port: 0 });
  await Promise.all([manager.start(), ops.start()]);
  return { port: (server.address() as net.AddressInfo).port, url: ops.url ?? '' };
}

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const usage = (): IUsage => {
  const cpuMs = cpu();
  globalThis.gc?.();
  return { cpuMs, collectedCpuMs: cpu(), heapBytes: process.memoryUsage().heapUsed };
};

process.on('message', () => process.send?.(usage()));
process.on('disconnect', () => process.exit());
process.send?.([await side(), await side()]);
