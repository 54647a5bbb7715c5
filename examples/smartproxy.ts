/** SmartProxy: attach, pass its routes through, read the figures of wrapped and forwarded routes. */
import { once } from 'node:events';
import * as net from 'node:net';
import { SmartProxy } from '@push.rocks/smartproxy';
import { MetricsAwareProxy, MetricsManager, proxyStats } from 'routemeter';

const proxy = new MetricsAwareProxy();
const manager = new MetricsManager();
manager.observe(proxy);
await manager.start();

// Routes that SmartProxy is constructed with are wrapped by hand …
const smartProxy = new SmartProxy({
  routes: proxy.wrapRoutes([
    {
      name: 'echo',
      match: { ports: 18080 },
      action: { type: 'socket-handler', socketHandler: (socket: net.Socket) => void socket.pipe(socket) },
    },
  ]),
});
// … those it gets later, and its own metrics of the routes it forwards, by attaching to it.
proxy.attach(smartProxy);
await proxy.start();

const client = net.connect(18080, '127.0.0.1');
client.end('hello');
client.resume();
await once(client, 'close');

await manager.settle();
const stats = proxyStats(manager);
console.log(`${stats.getTotalConnections()} connection, ${stats.getActiveConnections()} open`);
console.log('by route:', Object.fromEntries(stats.getConnectionsByRoute()));

await proxy.stop();
proxy.detach();
await manager.stop();
