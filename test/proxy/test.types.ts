import { tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type * as net from 'node:net';
import type * as tls from 'node:tls';
import { MetricsAwareProxy } from '../../ts/proxy/index.js';
import type { IProxyHost } from '../../ts/index.js';
import type * as smartProxy from '../helpers/smartproxytypes.js';

class SmartProxy extends EventEmitter {
  settings: { routes: smartProxy.IRouteConfig[]; defaults?: { target?: { host: string; port: number } } };
  constructor(settings: { routes: smartProxy.IRouteConfig[] }) {
    super();
    this.settings = settings;
  }
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async updateRoutes(newRoutes: smartProxy.IRouteConfig[]): Promise<void> {
    this.settings.routes = newRoutes;
  }
  getMetrics(): smartProxy.IMetrics {
    throw new Error('not started');
  }
}

tap.test('a SmartProxy with its own types fits without a cast, and gets its own type back', async () => {
  const routes: smartProxy.IRouteConfig[] = [
    {
      name: 'a',
      match: { ports: 80 },
      action: { type: 'socket-handler', socketHandler: (socket) => void socket.end() },
    },
    { name: 'b', match: { ports: [443], domains: '*.example.test' }, action: { type: 'forward', targets: [] } },
  ];
  const proxy = new MetricsAwareProxy();
  // What does not compile here fails the type check.
  const wrapped: smartProxy.IRouteConfig[] = proxy.wrapRoutes(routes);
  const smart = new SmartProxy({ routes: wrapped });
  const host: IProxyHost = smart;
  proxy.attach(host);
  await proxy.updateRoutes(routes);
  assert.notEqual(smart.settings.routes[0]?.action.socketHandler, routes[0]?.action.socketHandler);
  const handler: smartProxy.TSocketHandler = proxy.wrapSocketHandler(async () => undefined, { routeName: 'c' });
  // A handler written on the spot knows its socket.
  const inline = proxy.wrapSocketHandler((socket) => socket.remoteAddress, { routeName: 'd' });
  const tlsOnly = proxy.wrapSocketHandler((socket: tls.TLSSocket) => socket.alpnProtocol, { routeName: 'e' });
  const [asListener, asTlsListener]: [(socket: net.Socket) => unknown, (socket: tls.TLSSocket) => unknown] = [
    inline,
    tlsOnly,
  ];
  for (const wrapping of [handler, asListener, asTlsListener]) assert.equal(typeof wrapping, 'function');
  proxy.detach();
});

export default tap.start({ throwOnError: true });
