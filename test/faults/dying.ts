import * as http from 'node:http';
import * as net from 'node:net';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { listening } from '../helpers/hosts/host.js';
import { WAYS } from './ways.js';

// In a process of its own: `WAY bare|wrapped`. Tells its port, serves until it dies, ends at a message.
const [, , way = '', mode = ''] = process.argv;
const serve = WAYS[way];
if (serve === undefined) throw new Error(`no such way: ${way}`);
const web = http.createServer(() => {
  throw new SyntaxError('thrown by a request handler');
});
let handler = (socket: net.Socket): void | Promise<void> => serve(socket, web);
if (mode === 'wrapped') {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 100 });
  const manager = new MetricsManager();
  manager.observe(proxy);
  await manager.start();
  proxy.observeHttpServer(web);
  handler = proxy.wrapSocketHandler(handler, { routeName: 'r' });
  await new PrometheusExporter(manager).render('text/plain');
}
// As a plain server does it: nobody takes what the handler throws or rejects with.
const server = net.createServer((socket) => handler(socket) as void);
const port = await listening(server);
process.on('message', () => process.exit(0));
process.send?.(port);
