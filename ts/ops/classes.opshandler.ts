import type { ITypedRouter } from '../interfaces/typedrouter.js';
import { createApp } from './app.js';
import { OpsParts } from './classes.opsparts.js';
import { configuredHosts, hostCheck, loopbackHosts } from './hosts.js';
import { nodeListenerOf } from './nodelistener.js';
import type { TNodeListener } from './nodelistener.js';
import { HANDLER_OPTIONS, requiredOptions } from './options.js';
import type { IOpsHandlerOptions } from './options.js';
import type { IRegisterOptions } from './typedrouter.js';

/**
 * `/metrics`, everything below `/api`, `/healthz` and `/readyz`, to mount on any server. Changes no global of the
 * process. Limits of connections, headers and time are that server's; `OpsServer` brings its own.
 */
export class OpsHandler {
  /** For servers of the `fetch` kind. Bound, so that it can be handed over alone. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly #parts: OpsParts;
  readonly #nodeListener: TNodeListener;

  constructor(options: IOpsHandlerOptions) {
    requiredOptions('OpsHandler', options, HANDLER_OPTIONS);
    this.#parts = new OpsParts(options);
    // Where it is mounted is unknown, so its own names are the loopback ones, on any port.
    const app = createApp(this.#parts, hostCheck([...loopbackHosts(), ...configuredHosts(options.allowedHosts)]));
    this.fetch = (request) => app.fetch(request, {});
    this.#nodeListener = nodeListenerOf((request, bindings) => app.fetch(request, bindings));
  }

  /** For `http.createServer()`, `https.createServer()`, express and the like. */
  nodeListener(): TNodeListener {
    return this.#nodeListener;
  }

  /**
   * The answers of the HTTP API as typed requests (`routemeter.getStats` and so on) for a TypedRequest router; neither
   * the token nor the server is needed. Returns what takes the handlers off again: `false` where the router cannot.
   *
   * @throws ERR_ALREADY_REGISTERED where a method is taken, with none registered
   */
  registerOn(typedRouter: ITypedRouter, options: IRegisterOptions): () => boolean {
    return this.#parts.registerOn(typedRouter, options);
  }

  /**
   * Ends the streams of events and gives back what an exporter of its own collects of the process. It still answers,
   * but for streams. Idempotent.
   */
  stop(): void {
    this.#parts.stop();
  }
}
