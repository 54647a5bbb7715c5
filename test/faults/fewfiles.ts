import * as net from 'node:net';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import type { IRouteConfig } from '../../ts/interfaces/smartproxy.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';

// In a process of its own that may open few files: `bare|wrapped BACKEND`. One host echoes, one forwards.
const [, , mode = '', backend = ''] = process.argv;
const echo = (socket: net.Socket): void => {
  socket.on('error', () => undefined);
  socket.pipe(socket);
};
const routes: IRouteConfig[] = [
  { name: 'echo', match: { ports: 0 }, action: { type: 'socket-handler', socketHandler: echo } },
  {
    name: 'forward',
    match: { ports: 0 },
    action: { type: 'forward', targets: [{ host: '127.0.0.1', port: Number(backend) }] },
  },
];
const hosts = routes.map((route) => new EmbeddedProxy({ routes: [route] }));
const manager = new MetricsManager();
const exporter = new PrometheusExporter(manager);
if (mode === 'wrapped') {
  for (const host of hosts) {
    const proxy = new MetricsAwareProxy({ sampleIntervalMs: 100 });
    proxy.attach(host);
    manager.observe(proxy);
  }
  await manager.start();
}
for (const host of hosts) await host.start();

process.on('message', () => {
  void figures().then((told) => process.send?.(told));
});

/** With whatever can still be opened: figures of the process itself are read from files. */
async function figures(): Promise<unknown> {
  await manager.settle();
  const { body } = await exporter.render('text/plain');
  const { proxy, self } = manager.getStats();
  const broken = self.invariants.filter(({ ok, violations }) => !ok || violations > 0);
  const shown = proxy?.routes.map(({ name, total, active, closed, bytesIn, bytesOut, backendConnectErrors }) => {
    return { name, total, active, closed, bytesIn, bytesOut, backendConnectErrors };
  });
  // Nothing new can be opened: told by trying.
  const full = await new Promise<boolean>((resolve) => {
    const probe = net.createServer();
    probe.on('error', () => resolve(true));
    probe.listen(0, '127.0.0.1', () => probe.close(() => resolve(false)));
  });
  return { full, page: body.length, broken, routes: shown ?? [] };
}
process.send?.(hosts.map((host) => host.getListeningPorts()[0]));
