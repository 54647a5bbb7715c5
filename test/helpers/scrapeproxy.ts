import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands between a scraper and `/metrics`; notes the types it saw answered, and drops `Accept` where asked. */
export class ScrapeProxy {
  readonly contentTypes = new Set<string>();
  readonly #server: http.Server;

  constructor(url: string, dropAccept: boolean) {
    this.#server = http.createServer((request, response) => {
      const { accept, host: _host, ...headers } = request.headers;
      const kept = dropAccept || accept === undefined ? headers : { ...headers, accept };
      const onward = http.get(new URL(request.url ?? '/', url), { headers: kept }, (answer) => {
        this.contentTypes.add(String(answer.headers['content-type']));
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
    });
  }

  /** Resolves with its `host:port`. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
