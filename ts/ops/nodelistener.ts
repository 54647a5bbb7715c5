import { getRequestListener } from './plugins.js';
import type { http, HttpBindings } from './plugins.js';
import { Problem } from './classes.problem.js';
import { problemReply } from './reply.js';

export type TNodeListener = (request: http.IncomingMessage, response: http.ServerResponse) => void;

const UNREADABLE = 'the request target or the Host header cannot be read';

/** A Node request listener over a fetch function, which is given Node's own request and response as well. */
export function nodeListenerOf(
  fetch: (request: Request, bindings: HttpBindings) => Response | Promise<Response>,
): TNodeListener {
  const listener = getRequestListener((request, bindings) => fetch(request, bindings as HttpBindings), {
    overrideGlobalObjects: false,
    // Reached where no Request can be made of what was sent.
    errorHandler: () => problemReply(new Problem(400, UNREADABLE, { headers: { Connection: 'close' } })),
  });
  return (request, response) => {
    // A rejection that nobody handles would end the observed process.
    listener(request, response).catch(() => response.destroy());
  };
}
