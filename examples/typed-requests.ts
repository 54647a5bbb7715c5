/** A router of typed requests, such as the one of dcrouter's OpsServer: the figures are asked for through it. */
import { TypedRequest, TypedResponseError, TypedRouter, TypedTarget } from '@api.global/typedrequest';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { MetricsAwareProxy, MetricsManager } from 'routemeter';
import { OpsHandler } from 'routemeter/ops';
import type { IGetRouteRequest } from 'routemeter/ops';

const manager = new MetricsManager();
const proxy = new MetricsAwareProxy();
manager.observe(proxy);
const server = createServer(proxy.wrapSocketHandler((socket) => void socket.end('bye'), { routeName: 'bye' }));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

// The guard sees the whole request: here, what callers send along beside the fields of ours.
type TWithPassword<T extends { request: object }> = T & { request: { password: string } };
const ops = new OpsHandler({ source: manager, events: [proxy] });
const typedRouter = new TypedRouter();
ops.registerOn(typedRouter, { guard: ({ request }) => 'password' in request && request.password === 'sesame' });

// A caller elsewhere has the URL of the host's router for a target.
const target = new TypedTarget({ postMethod: (request) => typedRouter.routeAndAddResponse(request) });
const getRoute = new TypedRequest<TWithPassword<IGetRouteRequest>>(target, 'routemeter.getRoute');

await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`).catch(() => undefined);
await manager.settle();
const { name, total } = await getRoute.fire({ name: 'bye', password: 'sesame' });
console.log(`${name}: ${total} connection`);

try {
  await getRoute.fire({ name: 'bye', password: 'guess' });
} catch (error) {
  if (error instanceof TypedResponseError) console.log(`refused: ${error.errorText}`);
}

ops.stop();
server.close();
