/** A dcrouter, or anything of its parts: one call observes its proxy and its DNS server, and serves the figures. */
import { SmartProxy } from '@push.rocks/smartproxy';
import { observeRouter } from 'routemeter/dcrouter';

const smartProxy = new SmartProxy({
  routes: [
    {
      name: 'status',
      match: { ports: 18081 },
      action: {
        type: 'socket-handler',
        socketHandler: (socket) =>
          void socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nok\n'),
      },
    },
  ],
});
await smartProxy.start();

// dnsServer and smartMetrics go in the same way, where the router has them.
const router = observeRouter({ smartProxy }, { ops: { port: 0 } });
await router.start();
console.log(`figures: ${router.ops?.url === null ? 'nowhere' : 'served'}`);

console.log(`status: ${(await (await fetch('http://127.0.0.1:18081/')).text()).trim()}`);
await router.manager.settle();

const metrics = await (await fetch(`${router.ops?.url}/metrics`)).text();
console.log(
  metrics
    .split('\n')
    .filter((line) => line.startsWith('router_connections_opened_total'))
    .join('\n'),
);

await router.stop();
await smartProxy.stop();
