import type { PrometheusExporter } from '../prometheus/index.js';
import { createApp } from './app.js';
import { TokenGuard } from './classes.tokenguard.js';
import { configuredHosts, hostCheck, loopbackHosts } from './hosts.js';
import { nodeListenerOf } from './nodelistener.js';
import type { TNodeListener } from './nodelistener.js';
import { exporterOption, requiredOptions, sourceOption } from './options.js';
import type { IOpsHandlerOptions } from './options.js';

/**
 * `/metrics`, `/api/stats`, `/api/stats/routes/:name`, `/healthz` and `/readyz`, to mount on any server. Changes no
 * global of the process. Limits of connections, headers and time are that server's; `OpsServer` brings its own.
 */
export class OpsHandler {
  /** For servers of the `fetch` kind. Bound, so that it can be handed over alone. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Made here, so given back here. */
  readonly #ownExporter: PrometheusExporter | null;

  constructor(options: IOpsHandlerOptions) {
    requiredOptions('OpsHandler', options, ['source', 'exporter', 'auth', 'allowedHosts']);
    const source = sourceOption(options.source);
    const { exporter, own } = exporterOption(options.exporter, source);
    this.#ownExporter = own;
    const app = createApp({
      source,
      exporter,
      guard: options.auth === undefined ? null : new TokenGuard(options.auth),
      // Where it is mounted is unknown, so its own names are the loopback ones, on any port.
      isOurHost: hostCheck([...loopbackHosts(), ...configuredHosts(options.allowedHosts)]),
    });
    this.fetch = (request) => app.fetch(request);
  }

  /** For `http.createServer()`, `https.createServer()`, express and the like. */
  nodeListener(): TNodeListener {
    return nodeListenerOf(this.fetch);
  }

  /** Gives back what an exporter of its own collects of the process. It still answers. Idempotent. */
  stop(): void {
    this.#ownExporter?.stop();
  }
}
