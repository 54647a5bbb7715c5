import { fileURLToPath } from 'node:url';
import type { IRouterSnapshot } from '../../ts/interfaces/snapshot.js';
import { OpsServer, type IOpsServerOptions } from '../../ts/ops/index.js';
import { fullProxy, fullRoute, fullSnapshot } from './snapshot.js';

const CLI = fileURLToPath(new URL('../../ts/cli/index.ts', import.meta.url));

/** The command line of `routemeter top` for a shell in the project's folder. */
export const topCommand = (args: string, nodeArgs = ''): string =>
  `${process.execPath} ${nodeArgs} --import tsx ${CLI} top ${args}`;

/** A real OpsServer over figures that a test sets, for `routemeter top` to look at. */
export class TopRouter {
  snapshot: IRouterSnapshot = fullSnapshot();
  reads = 0;
  #ops: OpsServer | undefined;
  #port = 0;
  readonly #options: Omit<IOpsServerOptions, 'source' | 'port'>;

  constructor(options: Omit<IOpsServerOptions, 'source' | 'port'> = {}) {
    this.#options = options;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  /** Again on the port that it had. */
  async start(): Promise<void> {
    this.#ops = new OpsServer({
      ...this.#options,
      port: this.#port,
      source: {
        snapshot: () => {
          this.reads++;
          return this.snapshot;
        },
      },
    });
    await this.#ops.start();
    this.#port = this.#ops.address?.port ?? 0;
  }

  async stop(): Promise<void> {
    await this.#ops?.stop();
  }

  /** Routes by name, with the connections that are open on each. */
  routes(active: Readonly<Record<string, number>>): void {
    const routes = Object.entries(active).map(([name, open]) => fullRoute(name, { active: open }));
    this.snapshot = { ...this.snapshot, proxy: fullProxy({ routes, bytesOut: 4096 }) };
  }
}
