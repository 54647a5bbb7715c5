import type { EventEmitter } from 'node:events';
import type { IProxyHost, IRouteConfig } from '../../../ts/interfaces/smartproxy.js';
import { FakeRustProxy } from './fakerustproxy.js';
import { FakeSmartProxy, PROXIED_CLIENT } from './fakesmartproxy.js';
import type { IListening, IListenOptions, ITestHost, THandler } from './host.js';

type TShaped = IProxyHost & Partial<EventEmitter> & { updateRoutes(routes: readonly IRouteConfig[]): Promise<unknown> };

export function handlerRoute(routeName: string, handler: THandler, tls: IListenOptions['tls']): IRouteConfig {
  return {
    name: routeName,
    match: { ports: 0 },
    action: {
      type: 'socket-handler',
      socketHandler: handler,
      ...(tls === undefined ? {} : { tls: { mode: 'terminate', certificate: tls } }),
    },
  };
}

/** Hosts of SmartProxy's shape get their routes after `attach()`, as a dcrouter gives them. */
export async function listenOnShaped(
  host: TShaped,
  port: () => number | undefined,
  routeName: string,
  handler: THandler,
  options: IListenOptions,
): Promise<IListening> {
  const route = handlerRoute(routeName, handler, options.tls);
  const outcomes: string[] = [];
  host.on?.('handler-outcome', (outcome: string) => outcomes.push(outcome));
  options.proxy?.attach(host);
  await host.start();
  await host.updateRoutes([route]);
  const bound = port();
  if (bound === undefined) throw new Error('the host listens on no port');
  return {
    port: bound,
    outcomes,
    close: async () => {
      await host.stop();
      options.proxy?.detach();
    },
  };
}

function smartProxyHost(name: string, proxiedSockets: boolean): ITestHost {
  return {
    name,
    clientIp: proxiedSockets ? PROXIED_CLIENT : '127.0.0.1',
    relayed: false,
    takesRejections: true,
    stripsListeners: true,
    listen: (routeName, handler, options) => {
      const fake = new FakeSmartProxy({ routes: [], readFirstChunk: options.firstChunk, proxiedSockets });
      return listenOnShaped(fake, () => fake.portOf(routeName), routeName, handler, options);
    },
  };
}

export const smartProxy = smartProxyHost('smartproxy', false);
export const proxiedSmartProxy = smartProxyHost('smartproxy with PROXY protocol', true);

export const rustProxy: ITestHost = {
  name: 'rust engine',
  clientIp: '127.0.0.1',
  relayed: true,
  takesRejections: true,
  stripsListeners: true,
  listen: (routeName, handler, options) => {
    const fake = new FakeRustProxy({ routes: [], joinFirstChunk: options.firstChunk });
    return listenOnShaped(fake, () => fake.portOf(routeName), routeName, handler, options);
  },
};
