import type { net } from './plugins.js';
import { RoutemeterError } from '../shared/errors.js';
import { integerOption } from '../shared/options.js';
import type { ITypedRouter } from '../interfaces/typedrouter.js';
import { createApp } from './app.js';
import { tlsOption } from './certificate.js';
import type { ITlsPair } from './certificate.js';
import { BoundServer } from './classes.boundserver.js';
import { CertificateFiles } from './classes.certificatefiles.js';
import { OpsParts } from './classes.opsparts.js';
import { bracketed, configuredHosts, hostCheck, isLoopback, isWildcard, serverHosts } from './hosts.js';
import type { IHostRule, THostCheck } from './hosts.js';
import { nodeListenerOf } from './nodelistener.js';
import type { TNodeListener } from './nodelistener.js';
import { HANDLER_OPTIONS, hostOption, requiredOptions } from './options.js';
import type { IOpsServerOptions } from './options.js';
import type { IRegisterOptions } from './typedrouter.js';

interface IBound {
  readonly server: BoundServer;
  readonly address: net.AddressInfo;
  readonly unwatch: (() => void) | undefined;
}

/** The routes of `OpsHandler` on a server of their own, with limits of connections, headers and time. */
export class OpsServer {
  readonly #host: string;
  readonly #port: number;
  readonly #secure: boolean;
  /** Of one that is given as it is, and of one in files. */
  readonly #pair: ITlsPair | undefined;
  readonly #files: CertificateFiles | undefined;
  readonly #allowedHosts: readonly IHostRule[];
  readonly #listener: TNodeListener;
  readonly #parts: OpsParts;
  #isOurHost: THostCheck = () => false;
  #bound: IBound | null = null;
  #started: Promise<void> | null = null;
  #stopped: Promise<void> = Promise.resolve();

  constructor(options: IOpsServerOptions) {
    requiredOptions('OpsServer', options, [...HANDLER_OPTIONS, 'host', 'port', 'tls']);
    this.#host = hostOption(options.host);
    this.#port = integerOption('port', options.port, 9464, 0, 65_535);
    const tls = tlsOption(options.tls);
    this.#secure = tls !== undefined;
    if (tls !== undefined && 'keyFile' in tls) this.#files = new CertificateFiles(tls, options.logger);
    else this.#pair = tls;
    this.#allowedHosts = configuredHosts(options.allowedHosts);
    this.#parts = new OpsParts(options);
    if (this.#parts.guard === null && !isLoopback(this.#host)) {
      throw new RoutemeterError(
        'ERR_BIND_WITHOUT_AUTH',
        `option "host" is ${JSON.stringify(this.#host)}, which other machines can reach: set "auth", or bind 127.0.0.1`,
      );
    }
    // The port is known only once bound.
    const app = createApp(this.#parts, (authority) => this.#isOurHost(authority));
    this.#listener = nodeListenerOf((request, bindings) => app.fetch(request, bindings));
  }

  /** Where it listens; `null` while it does not. */
  get address(): { readonly address: string; readonly port: number } | null {
    return this.#bound === null ? null : { address: this.#bound.address.address, port: this.#bound.address.port };
  }

  /** What to open on this machine, without a final slash; `null` while it does not listen. */
  get url(): string | null {
    if (this.#bound === null) return null;
    const { address, port, family } = this.#bound.address;
    const loopback = family === 'IPv6' ? '[::1]' : '127.0.0.1';
    const name = isWildcard(address) ? loopback : bracketed(address);
    return `${this.#secure ? 'https' : 'http'}://${name}:${port}`;
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

  /** Resolves when it listens; rejects where it cannot, and names the port. May be called again, also after `stop()`. */
  start(): Promise<void> {
    if (this.#started !== null) return this.#started;
    const started = this.#stopped
      .then(() => this.#listen())
      .catch((error: unknown) => {
        // Only this attempt is forgotten: a later one may already be under way.
        if (this.#started === started) this.#started = null;
        throw error;
      });
    this.#started = started;
    return started;
  }

  /** Ends streams, lets answers under way end for at most 2 s, then ends every connection. Resolves when all is closed. */
  stop(): Promise<void> {
    const started = this.#started;
    if (started === null) return this.#stopped;
    this.#started = null;
    this.#stopped = started.then(
      () => this.#close(),
      // A start that failed left nothing open and has told its caller.
      () => undefined,
    );
    return this.#stopped;
  }

  async #listen(): Promise<void> {
    const server = new BoundServer(this.#listener, (await this.#files?.read()) ?? this.#pair);
    const address = await server.listen(this.#host, this.#port);
    const names = serverHosts(this.#host, address.address, address.port);
    this.#isOurHost = hostCheck([...names, ...this.#allowedHosts], isWildcard(address.address));
    const unwatch = this.#files?.watch((renewed) => server.useCertificate(renewed));
    this.#bound = { server, address, unwatch };
    this.#parts.start();
  }

  async #close(): Promise<void> {
    const bound = this.#bound;
    this.#bound = null;
    bound?.unwatch?.();
    // First, since streams never end by themselves.
    this.#parts.stop();
    await bound?.server.close();
  }
}
