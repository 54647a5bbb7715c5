/** One server of the comparison, in a process of its own: `server.ts LOAD VARIANT`. Tells its port, then its CPU when asked. */
import { makeCertificate } from '../../test/helpers/certificate.js';
import type { ICounted } from './fleet.js';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import { serviceOf } from './handlers.js';
import { LOADS, type TLoad, type TVariant, VARIANTS } from './loads.js';
import { byHand } from './promclient.js';

interface IStarted {
  readonly port: number;
  readonly manager: MetricsManager | null;
}

async function start(load: TLoad, variant: TVariant): Promise<IStarted> {
  // On use: no server holds what it does not need.
  if (variant === 'opentelemetry') (await import('./opentelemetry.js')).instrumentHttp();
  const bundle = variant === 'express-prom-bundle' ? (await import('express-prom-bundle')).default : undefined;
  const service = await serviceOf(load, bundle?.({ includeMethod: true }));
  const { handler } = variant === 'prom-client' ? byHand(service, load) : service;
  const host = new EmbeddedProxy({
    routes: [
      {
        name: load,
        match: { ports: 0 },
        action: {
          type: 'socket-handler',
          socketHandler: handler,
          ...(load === 'tls' ? { tls: { mode: 'terminate', certificate: makeCertificate('127.0.0.1') } } : {}),
        },
      },
    ],
  });
  const manager = variant === 'wrapped' ? new MetricsManager() : null;
  if (manager !== null) {
    const proxy = new MetricsAwareProxy();
    manager.observe(proxy);
    proxy.attach(host);
    if (service.server !== undefined) proxy.observeHttpServer(service.server);
  }
  await host.start();
  return { port: host.getListeningPorts()[0] ?? 0, manager };
}

function counted(): ICounted {
  const proxy = manager?.snapshot().proxy;
  if (!proxy) throw new Error(`${load} ${variant} is not wrapped`);
  return { connections: proxy.opened, requests: proxy.routes[0]?.requests?.finished ?? 0 };
}

const [load, variant] = process.argv.slice(2);
const [knownLoad, knownVariant] = [LOADS.find((one) => one === load), VARIANTS.find((one) => one === variant)];
if (knownLoad === undefined || knownVariant === undefined) throw new Error(`no such server: ${load} ${variant}`);
const { port, manager } = await start(knownLoad, knownVariant);
process.once('disconnect', () => process.exit(0));
process.on('message', (question: 'cpu' | 'counted') => {
  process.send?.(question === 'cpu' ? process.cpuUsage() : counted());
});
process.send?.({ port });
