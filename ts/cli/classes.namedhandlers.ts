import type { IRouteConfig, TSocketHandler } from '../interfaces/smartproxy.js';
import type { ICliRoute } from './config.js';
import { http } from './plugins.js';

export type TNamedHandler = 'hello' | 'echo';

/** The socket handlers that a configuration can name, since it cannot hold code: for trying things out. */
export class NamedHandlers {
  /** Answers `hello`; to be observed, so that its requests are counted. */
  readonly http: http.Server;
  readonly #handlers: Readonly<Record<TNamedHandler, TSocketHandler>>;

  constructor() {
    this.http = http.createServer((request, response) => {
      response.setHeader('content-type', 'text/plain; charset=utf-8');
      response.end(`hello from routemeter: ${request.method ?? ''} ${request.url ?? ''}\n`);
    });
    this.#handlers = {
      hello: (socket) => void this.http.emit('connection', socket),
      echo: (socket) => {
        socket.on('error', () => undefined);
        socket.pipe(socket);
      },
    };
  }

  /** The routes as a proxy takes them, with functions for names. */
  resolve(routes: readonly ICliRoute[]): IRouteConfig[] {
    return routes.map(({ action, ...route }) => {
      const { socketHandler, ...rest } = action;
      if (socketHandler === undefined) return { ...route, action: rest };
      return { ...route, action: { ...rest, socketHandler: this.#handlers[socketHandler] } };
    });
  }
}
