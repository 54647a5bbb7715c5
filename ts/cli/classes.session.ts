import { RoutemeterError } from '../shared/errors.js';
import { addressesOf, authority, portsText, type IAddresses } from './addresses.js';
import { openBuiltIn, type IBuiltIn } from './builtin.js';
import { RunningRouter } from './classes.runningrouter.js';
import { readConfig, type ICliConfig } from './config.js';
import { loadDnsServer } from './dnsserver.js';
import type { ITokenPlace } from './greeting.js';
import { ConfigError, configured, messageOf, PortInUseError } from './errors.js';
import { warn } from './output.js';
import { util } from './plugins.js';

/** One run of `routemeter start`: with the configuration of a file, or with the built-in one. */
export class Session {
  readonly #file: string | undefined;
  #builtIn: IBuiltIn | undefined;
  #router: RunningRouter | undefined;
  #reloading: Promise<void> = Promise.resolve();

  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Rejects with nothing left open. */
  async start(): Promise<IAddresses> {
    if (this.#file === undefined) this.#builtIn = await openBuiltIn();
    try {
      this.#router = await openRouter(this.#builtIn?.config ?? readConfig(this.#file ?? ''), this.#file);
    } catch (error) {
      await this.#builtIn?.close();
      if (this.#file !== undefined || !(error instanceof PortInUseError)) throw error;
      throw new Error(`${error.message}; ports of your own go into a file: --config FILE`, { cause: error });
    }
    return addressesOf(this.#router);
  }

  get drainMs(): number {
    return this.#router?.config.drainMs ?? 0;
  }

  get openConnections(): number {
    return this.#router?.openConnections ?? 0;
  }

  /** What reading the figures needs; `null`: nothing. */
  get token(): ITokenPlace | null {
    const { token, tokenFile = null } = this.#router?.config.ops ?? {};
    return token === undefined ? null : { file: tokenFile };
  }

  async stop(): Promise<void> {
    await this.#reloading;
    await this.#router?.stop(this.drainMs);
    await this.#builtIn?.close();
  }

  /** Never rejects: a configuration that cannot be used is told, and the one that runs stays. One after the other. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reload());
    return this.#reloading;
  }

  async #reload(): Promise<void> {
    const router = this.#router;
    if (router === undefined) return;
    if (this.#file === undefined) return warn('SIGHUP: there is no configuration file to read again');
    try {
      const next = readConfig(this.#file);
      const fixed = cannotChange(router.config, next);
      await router.reload(next);
      const { routes, dns } = addressesOf(router);
      const ports = routes.map(({ name, host, ports }) => `${name} ${authority(host, portsText(ports))}`).join(', ');
      warn(`configuration read again: ${ports}${dns === null ? '' : `; ${dns.records} DNS records`}`);
      if (fixed.length > 0) warn(`not changed until the next start: ${fixed.join(', ')}`);
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [`${this.#file}: ${messageOf(error)}`];
      for (const problem of problems) warn(problem);
      warn('SIGHUP: the configuration was refused; the one that runs stays');
    }
  }
}

/** Without a file the configuration is the built-in one, which goes without DNS where it must. */
async function openRouter(config: ICliConfig, file: string | undefined): Promise<RunningRouter> {
  try {
    const dns = config.dns === undefined ? undefined : await loadDnsServer(config.dns);
    const router = configured(file ?? 'built-in configuration', () => new RunningRouter(config, dns));
    await router.start();
    return router;
  } catch (error) {
    if (
      file !== undefined ||
      config.dns === undefined ||
      !(error instanceof RoutemeterError) ||
      error.code !== 'ERR_DNS_UNAVAILABLE'
    )
      throw error;
    warn(`running without DNS: ${error.message}`);
    // Anew, so that DNS is not measured rather than measured as 0.
    return openRouter({ ...config, dns: undefined }, file);
  }
}

/** What differs between two configurations and needs a start. */
function cannotChange(current: ICliConfig, next: ICliConfig): string[] {
  const parts = (config: ICliConfig): Record<string, unknown> => {
    const { routes: _routes, ...proxy } = config.proxy;
    const { records: _records, ...dns } = config.dns ?? { records: [] };
    return { proxy, dns: config.dns === undefined ? null : dns, ops: config.ops, metrics: config.metrics };
  };
  const [before, after] = [parts(current), parts(next)];
  return Object.keys(before).filter((part) => !util.isDeepStrictEqual(before[part], after[part]));
}
