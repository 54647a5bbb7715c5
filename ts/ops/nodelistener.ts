import { getRequestListener } from './plugins.js';
import type { http } from './plugins.js';
import { problem } from './reply.js';

export type TNodeListener = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** A Node request listener over a fetch function. */
export function nodeListenerOf(fetch: (request: Request) => Response | Promise<Response>): TNodeListener {
  const listener = getRequestListener(fetch, {
    overrideGlobalObjects: false,
    // Reached where no Request can be made of what was sent.
    errorHandler: () => problem(400, 'the request target or the Host header cannot be read', { Connection: 'close' }),
  });
  return (request, response) => {
    // A rejection that nobody handles would end the observed process.
    listener(request, response).catch(() => response.destroy());
  };
}
