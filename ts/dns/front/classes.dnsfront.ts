import type { IDnsEvents } from '../../interfaces/events.js';
import type { IClock } from '../../interfaces/options.js';
import type { TSocketHandler } from '../../interfaces/smartproxy.js';
import type { FencedEmitter } from '../../shared/fencedemitter.js';
import type { AnswerCache } from './cache/classes.answercache.js';
import { CacheReporter } from './classes.cachereporter.js';
import { Ledger } from './classes.ledger.js';
import { Resolver } from './classes.resolver.js';
import { TcpListener } from './classes.tcplistener.js';
import { type IListenAddress, UdpListener } from './classes.udplistener.js';
import { Upstream } from './classes.upstream.js';
import { DohListener } from './doh/classes.dohlistener.js';
import { DohService } from './doh/classes.dohservice.js';
import { dohSocketHandler } from './doh/sockethandler.js';
import type { IFrontSettings } from './options.js';
import { probe } from './probe.js';

const POLL_MS = 5;
/** What is in flight ends by its own time-out. So often it is looked for after that, and then we go. */
const LAST_LOOKS = 40;

export interface IFrontAddresses {
  readonly udp: readonly IListenAddress[];
  readonly tcp: readonly IListenAddress[];
  readonly doh: readonly IListenAddress[];
}

/** Speaks DNS with the clients, over UDP, TCP and HTTPS, and with SmartDNS on loopback. */
export class DnsFront {
  readonly dohSocketHandler: TSocketHandler;
  readonly #settings: IFrontSettings;
  readonly #upstream: Upstream;
  readonly #resolver: Resolver;
  readonly #udp: readonly UdpListener[];
  readonly #tcp: readonly TcpListener[];
  readonly #doh: readonly DohListener[];
  readonly #dohService: DohService;
  readonly #reporter: CacheReporter | null;
  #running = false;

  constructor(settings: IFrontSettings, emitter: FencedEmitter<IDnsEvents>, clock: IClock) {
    const ledger = new Ledger(emitter, clock);
    this.#settings = settings;
    this.#upstream = new Upstream({
      address: settings.upstream,
      now: () => clock.now(),
      stray: () => ledger.rejected('udp', 'stray-reply'),
    });
    const resolver = new Resolver(ledger, this.#upstream, settings);
    this.#resolver = resolver;
    this.#reporter = settings.cache === null ? null : new CacheReporter(settings.cache, emitter);
    this.#udp = settings.udp.map((address) => new UdpListener(address, resolver, ledger));
    const { limits, idleMs } = settings;
    const host = { resolver, ledger, idleMs };
    this.#tcp = settings.tcp.map((address) => new TcpListener(address, host, limits));
    const service = new DohService(host);
    this.#dohService = service;
    this.#doh = settings.doh.map((address) => new DohListener(address, { service, ledger, idleMs, limits }));
    this.dohSocketHandler = dohSocketHandler(service, ledger, limits);
  }

  /** Queries told as received and not yet as ended. */
  get active(): number {
    return this.#resolver.active;
  }

  /** `null` where none was asked for. */
  get cache(): AnswerCache | null {
    return this.#settings.cache;
  }

  /** As bound, in the order of the options; empty while stopped. */
  get addresses(): IFrontAddresses {
    const bound = (listener: { address: IListenAddress | null }): IListenAddress[] =>
      listener.address === null ? [] : [listener.address];
    return { udp: this.#udp.flatMap(bound), tcp: this.#tcp.flatMap(bound), doh: this.#doh.flatMap(bound) };
  }

  /** `ERR_FRONT_UPSTREAM` where the upstream does not answer; a busy port rejects. Either way nothing stays open. */
  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    this.#resolver.state = 'open';
    try {
      await probe(this.#settings.upstream, this.#settings.timeoutMs);
      await this.#upstream.open();
      this.#dohService.start();
      for (const listener of [...this.#udp, ...this.#tcp, ...this.#doh]) await listener.open();
      this.#reporter?.start();
    } catch (error) {
      await this.#close();
      throw error;
    }
  }

  /** Answers what is in flight, which takes `timeoutMs` at most; what comes meanwhile is dropped and counted. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#resolver.state = 'draining';
    for (const listener of [...this.#tcp, ...this.#doh, this.#dohService]) listener.drain();
    const timedOut = performance.now() + this.#settings.timeoutMs;
    // HTTP/2 sends an answer some turns after it was given. Looks are counted, not time: a process that was held up has
    // neither timed anything out nor sent it meanwhile.
    for (let looks = 0; this.#resolver.active + this.#dohService.open > 0 && looks < LAST_LOOKS;) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (performance.now() > timedOut) looks++;
    }
    await this.#close();
  }

  async #close(): Promise<void> {
    this.#resolver.state = 'closed';
    this.#upstream.close();
    this.#reporter?.stop();
    this.#dohService.close();
    await Promise.all([...this.#udp, ...this.#tcp, ...this.#doh].map((listener) => listener.close()));
    this.#running = false;
  }
}
