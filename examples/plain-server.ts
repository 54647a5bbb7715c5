/** Any `net`, `tls` or `http` server: wrap its handler, observe its HTTP server, read the figures. */
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { MetricsAwareProxy, MetricsManager } from 'routemeter';

const proxy = new MetricsAwareProxy();
const manager = new MetricsManager();
manager.observe(proxy);
await manager.start();

const server = http.createServer((_request, response) => response.end('hello\n'));
// An http server accepts its sockets itself: a wrapped listener that does nothing is enough to count them.
server.on(
  'connection',
  proxy.wrapSocketHandler(() => undefined, { routeName: 'web' }),
);
// Requests and upgrades, attributed to their connections.
proxy.observeHttpServer(server);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

proxy.on('connection-close', ({ routeName, bytesOut, reason }) => {
  console.log(`closed: ${routeName}, ${bytesOut} bytes out, ${reason}`);
});

const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
console.log(`fetched: ${(await response.text()).trim()}`);

server.close();
await once(server, 'close');
await manager.settle();
const route = manager.getStats().proxy?.routes.find(({ name }) => name === 'web');
console.log(`web: ${route?.total} connections, ${route?.requests?.finished} requests, ${route?.active} open`);
await manager.stop();
