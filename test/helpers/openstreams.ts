import { Duplex } from 'node:stream';
import type { IRouteContext } from '../../ts/interfaces/smartproxy.js';
import type { MetricsAwareProxy } from '../../ts/index.js';

export interface IOpenStream {
  readonly id: number;
  /** Moves its counters, for the next look of the sampler. */
  moved(bytesIn: number, bytesOut: number): void;
  end(): void;
}

export interface IStreamContext {
  readonly clientIp?: string;
  readonly domain?: string;
  readonly port?: number;
}

/** Opens connections that are streams of our own: thousands of them in no time, from any client. */
export function streamOpener(
  proxy: MetricsAwareProxy,
  routeName: string,
): (context?: IStreamContext, act?: (stream: Duplex) => void) => IOpenStream {
  let lastId = 0;
  proxy.on('connection-open', ({ connectionId }) => void (lastId = connectionId));
  let act: (stream: Duplex) => void = () => undefined;
  const wrapped = proxy.wrapSocketHandler((stream: Duplex, _context: IRouteContext) => act(stream), { routeName });
  return (context = {}, acting = () => undefined) => {
    act = acting;
    const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => void done() });
    stream.on('error', () => undefined);
    Object.assign(stream, { bytesRead: 0, bytesWritten: 0 });
    wrapped(stream, { clientIp: '192.0.2.1', port: 443, ...context } as IRouteContext);
    return {
      id: lastId,
      moved: (bytesIn, bytesOut) => void Object.assign(stream, { bytesRead: bytesIn, bytesWritten: bytesOut }),
      end: () => void stream.destroy(),
    };
  };
}
