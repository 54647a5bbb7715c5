/** A prom-client registry of your own, which you serve already: the same families inside it. */
import { Counter, Registry } from 'prom-client';
import * as net from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MetricsAwareProxy, MetricsManager } from 'routemeter';
import { PrometheusExporter } from 'routemeter/prometheus';

const proxy = new MetricsAwareProxy();
const manager = new MetricsManager();
manager.observe(proxy);

const registry = new Registry();
const mine = new Counter({ name: 'my_jobs_total', help: 'Jobs done.', registers: [registry] });
mine.inc();
// Your registry keeps what it collects of the process itself; only our families are added.
new PrometheusExporter(manager).registerWith(registry);

const server = net.createServer(
  proxy.wrapSocketHandler((socket: net.Socket) => socket.end('bye'), { routeName: 'bye' }),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
client.resume();
await once(client, 'close');
server.close();
await manager.settle();

const text = await registry.metrics();
console.log(
  text
    .split('\n')
    .filter((line) => /^(my_jobs_total|router_(connections_opened|sent_bytes)_total)/.test(line))
    .join('\n'),
);
