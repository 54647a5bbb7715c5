import type { MetricsAwareDns } from '../dns/index.js';
import { observeRouter, type IObservedRouter } from '../dcrouter/index.js';
import { EmbeddedProxy } from '../embedded/index.js';
import { NamedHandlers } from './classes.namedhandlers.js';
import type { ICliConfig } from './config.js';
import type { ICliDnsServer } from './dnsserver.js';
import { listenError, messageOf } from './errors.js';
import { warn, warnOnce } from './output.js';
import { Zone } from './zone.js';

/** Everything that one configuration runs: proxy, DNS, ops server, and what observes them. */
export class RunningRouter {
  readonly #handlers = new NamedHandlers();
  readonly #embedded: EmbeddedProxy;
  readonly #dns: ICliDnsServer | undefined;
  readonly #observed: IObservedRouter;
  readonly #zone: Zone | undefined;
  #config: ICliConfig;

  /** Opens nothing, and throws what is wrong with the configuration: `routemeter check` is no more than this. */
  constructor(config: ICliConfig, dns?: ICliDnsServer) {
    const { proxy, metrics, ops } = config;
    const { prefix, ...manager } = metrics;
    const { token, tokenFile: _tokenFile, ...server } = ops;
    this.#config = config;
    this.#dns = dns;
    this.#embedded = new EmbeddedProxy({ ...proxy, routes: this.#handlers.resolve(proxy.routes) });
    const tell = warnOnce();
    this.#embedded.on('error', (error) => tell(`proxy: ${messageOf(error)}`));
    this.#observed = observeRouter(
      { smartProxy: this.#embedded, dnsServer: dns?.server },
      {
        manager,
        dns: dns?.options,
        prometheus: { prefix },
        ops: { ...server, auth: token === undefined ? undefined : { token } },
        logger: { warn },
      },
    );
    this.#observed.proxy?.observeHttpServer(this.#handlers.http);
    if (this.#observed.dns !== null) this.#zone = new Zone(this.#observed.dns);
  }

  /** Rejects with nothing left open. */
  async start(): Promise<void> {
    try {
      // First, because it is the one that may not run here.
      await this.#startDns();
      await this.#embedded.start();
      await this.#observed.start();
    } catch (error) {
      await this.stop(0);
      throw listenError(error);
    }
  }

  /** Lets open connections end for `drainMs`. The ops server goes last, so that the end can be watched. */
  async stop(drainMs: number): Promise<void> {
    await Promise.all([this.#embedded.stop({ drainMs }), this.#stopDns()]);
    await this.#observed.stop();
  }

  async #startDns(): Promise<void> {
    const dns = this.#attachedDns();
    this.#zone?.replace(this.#config.dns?.records ?? []);
    await this.#dns?.start(async () => dns?.start());
  }

  /** Also after a failed start: SmartDNS's process is there then, too. */
  async #stopDns(): Promise<void> {
    await this.#attachedDns()?.stop();
  }

  /** The observers let go of it when they stop, or cannot start. */
  #attachedDns(): MetricsAwareDns | null {
    const { dns } = this.#observed;
    if (dns !== null && this.#dns !== undefined) dns.attach(this.#dns.server);
    return dns;
  }

  /** Takes the routes and records of another configuration over; rejects with the old ones in place. */
  async reload(config: ICliConfig): Promise<void> {
    await this.#embedded
      .updateRoutes(this.#handlers.resolve(config.proxy.routes))
      .catch((error: unknown) => Promise.reject(listenError(error)));
    if (config.dns !== undefined) {
      // At once, instead of name by name for each record.
      this.#observed.dns?.cache?.clear();
      this.#zone?.replace(config.dns.records);
    }
    const { proxy, dns } = this.#config;
    // What is compared with the next configuration is what runs, not what was asked for.
    this.#config = {
      ...this.#config,
      proxy: { ...proxy, routes: config.proxy.routes },
      dns: dns === undefined || config.dns === undefined ? dns : { ...dns, records: config.dns.records },
      drainMs: config.drainMs,
    };
  }

  get config(): ICliConfig {
    return this.#config;
  }

  get openConnections(): number {
    return (this.#observed.proxy?.activeCount() ?? 0) + this.#embedded.pendingCount();
  }

  get listeningPorts(): readonly number[] {
    return this.#embedded.getListeningPorts();
  }

  /** `null` where DNS does not run. */
  get dnsPort(): number | null {
    return this.#dns?.port ?? null;
  }

  /** Of DNS over HTTPS; `null` where it is not served. */
  get dohPort(): number | null {
    return this.#observed.dns?.addresses.doh[0]?.port ?? null;
  }

  get opsUrl(): string {
    return this.#observed.ops?.url ?? '';
  }
}
