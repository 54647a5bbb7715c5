import * as net from 'node:net';
import * as tls from 'node:tls';
import {
  closed,
  describeFailure,
  listening,
  type IListening,
  type IListenOptions,
  type ITestHost,
  type THandler,
} from './host.js';

/** `net.createServer` or `tls.createServer` around the handler, and the least a careful user does when it fails. */
async function listen(routeName: string, handler: THandler, options: IListenOptions): Promise<IListening> {
  const outcomes: string[] = [];
  const sockets = new Set<net.Socket>();
  // Plain servers have no context: the wrapper must do without.
  const called = options.proxy === undefined ? handler : options.proxy.wrapSocketHandler(handler, { routeName });
  const serve = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    try {
      const result = called(socket);
      outcomes.push(result instanceof Promise ? 'promise' : `returned ${String(result)}`);
      if (result instanceof Promise) {
        result.catch((error: unknown) => {
          outcomes.push(describeFailure('rejected', error));
          socket.destroy();
        });
      }
    } catch (error) {
      outcomes.push(describeFailure('threw', error));
      socket.destroy();
    }
  };
  const server = options.tls === undefined ? net.createServer(serve) : tls.createServer(options.tls, serve);
  const port = await listening(server);
  return {
    port,
    outcomes,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await closed(server);
    },
  };
}

export const plainHost: ITestHost = {
  name: 'plain server',
  clientIp: '127.0.0.1',
  relayed: false,
  takesRejections: false,
  stripsListeners: false,
  listen,
};
