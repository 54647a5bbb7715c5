import { EmbeddedProxy } from '../../../ts/embedded/index.js';
import type { IRouteConfig } from '../../../ts/interfaces/smartproxy.js';
import type { IListening, IListenOptions, ITestHost, THandler } from './host.js';
import { handlerRoute } from './shapedhosts.js';

async function listen(routeName: string, handler: THandler, options: IListenOptions): Promise<IListening> {
  const route = handlerRoute(routeName, handler, options.tls);
  // By its Host header, the connection's first bytes are read before the hand-over and put back.
  const match: IRouteConfig['match'] =
    options.http && options.tls === undefined ? { ports: 0, domains: '127.0.0.1' } : { ports: 0 };
  const embedded = new EmbeddedProxy({ routes: [{ ...route, match }] });
  // It tells nobody what a handler returned; what it did about it shows in the peers' transcripts.
  const outcomes: string[] = [];
  embedded.on('error', (error) => void outcomes.push(`failed with ${String(error)}`));
  options.proxy?.attach(embedded);
  await embedded.start();
  const [port] = embedded.getListeningPorts();
  if (port === undefined) throw new Error('the host listens on no port');
  return {
    port,
    outcomes,
    close: async () => {
      await embedded.stop({ drainMs: 0 });
      options.proxy?.detach();
    },
  };
}

export const embeddedHost: ITestHost = {
  name: 'embedded',
  clientIp: '127.0.0.1',
  relayed: false,
  takesRejections: true,
  stripsListeners: false,
  listen,
};
