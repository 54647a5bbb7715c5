import type { TRouterEventName } from '../interfaces/events.js';
import type { IRouterSnapshot, ISelfSnapshot, ISnapshotSource } from '../interfaces/snapshot.js';
import type { IDnsReadings, IDnsSource, IProxyReadings, IProxySource } from '../interfaces/source.js';
import type { IRouterStats } from '../interfaces/stats.js';
import { invalidOption, RoutemeterError } from '../shared/errors.js';
import { LEND } from '../shared/routelist.js';
import type { ILender, ILentSnapshot } from '../shared/routelist.js';
import { VERSION } from '../shared/version.js';
import { statsOf } from '../stats/stats.js';
import { Invariants } from './classes.invariants.js';
import { ObservedDns } from './classes.observeddns.js';
import { ObservedProxy } from './classes.observedproxy.js';
import { ProcessReader } from './classes.processreader.js';
import type { SnapshotRoutes } from './classes.snapshotroutes.js';
import { State } from './classes.state.js';
import { dnsSnapshot } from './dnssnapshot.js';
import { deepFreeze } from './freeze.js';
import * as identities from './identities.js';
import type { IMoment } from './moment.js';
import { hostsOf, proxyRoutes, proxySnapshot } from './proxysnapshot.js';
import { prepareRoutes } from './prepare.js';
import { managerSettings } from './settings.js';
import type { IManagerSettings, IMetricsManagerOptions } from './settings.js';
import { warn } from '../shared/warn.js';

const UPKEEP_MS = 5_000;
const SETTLE_TIMEOUT_MS = 5_000;

/**
 * The state: learns from the events of observed sources, in bounded memory and constant time for each event, and gives
 * snapshots. Counts from construction on; `start()` only adds what needs a timer.
 */
export class MetricsManager implements ISnapshotSource, ILender {
  readonly #settings: IManagerSettings;
  readonly #state: State;
  readonly #invariants: Invariants;
  readonly #process: ProcessReader;
  #proxies: readonly ObservedProxy[] = [];
  #dns: readonly ObservedDns[] = [];
  // A section once shown stays, also when its last source has gone.
  #proxySeen = false;
  #dnsSeen = false;
  #subscribed = true;
  #upkeep: NodeJS.Timeout | null = null;
  #stopping: Promise<void> | null = null;
  /** Failures of listeners of sources that are observed no more, in total and of each. */
  #pastListenerErrors = 0;
  readonly #pastOf = new WeakMap<object, number>();

  /** Throws `ERR_OPTION_INVALID` or `ERR_OPTION_UNKNOWN`. */
  constructor(options: IMetricsManagerOptions = {}) {
    this.#settings = managerSettings(options);
    this.#state = new State(this.#settings);
    this.#invariants = new Invariants(this.#settings.logger);
    this.#process = new ProcessReader(this.#settings.smartMetrics);
  }

  /** Polls the SmartMetrics object and keeps the route table, every 5 s. After a `stop()`, subscribes again. */
  async start(): Promise<void> {
    await this.#stopping;
    if (this.#upkeep !== null) return;
    this.#upkeep = setInterval(() => this.#tick(), UPKEEP_MS);
    this.#upkeep.unref();
    this.#subscribed = true;
    for (const source of this.#observed) source.subscribe();
    this.#tick();
  }

  /** Settles, then takes its listeners and timers back. What is open ends in these books as `unknown`. Figures stay. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = null;
    });
    await this.#stopping;
  }

  /**
   * Counts what the source tells from now on. Connections and queries that it holds open already are unknown here: their
   * later events are left out. Throws `ERR_ALREADY_OBSERVED` for a source that is observed. Returns a function that
   * stops observing; what is open then ends in these books as `unknown`.
   */
  observe(source: IProxySource | IDnsSource): () => void {
    if (typeof (source as unknown) !== 'object' || (source as unknown) === null) {
      throw invalidOption('source', 'a MetricsAwareProxy or a MetricsAwareDns', source);
    }
    if (this.#observed.some((observed) => observed.source === source)) {
      throw new RoutemeterError('ERR_ALREADY_OBSERVED', 'this source is observed already: observe() takes each once');
    }
    switch (source.kind) {
      case 'proxy': {
        this.#recall(source);
        const proxy = new ObservedProxy(source, this.#state);
        if (this.#subscribed) proxy.subscribe();
        this.#proxies = [...this.#proxies, proxy];
        this.#proxySeen = true;
        return () => {
          this.#forget(proxy);
          this.#proxies = this.#proxies.filter((other) => other !== proxy);
        };
      }
      case 'dns': {
        this.#recall(source);
        const dns = new ObservedDns(source, this.#state);
        if (this.#subscribed) dns.subscribe();
        this.#dns = [...this.#dns, dns];
        this.#dnsSeen = true;
        return () => {
          this.#forget(dns);
          this.#dns = this.#dns.filter((other) => other !== dns);
        };
      }
      default:
        throw invalidOption('source.kind', 'proxy or dns', (source as { kind?: unknown }).kind);
    }
  }

  /** Versioned plain JSON. */
  getStats(): IRouterStats {
    return statsOf(this.snapshot());
  }

  /**
   * Frozen plain data of this moment: O(routes), whatever is open. `proxy.routes` is made when it is read first; until then
   * a snapshot that is kept holds some 1 kB for each route, of 64 at least.
   */
  snapshot(): IRouterSnapshot {
    const { snapshot, routes } = this.#taken();
    routes?.give();
    return snapshot;
  }

  /** For a page of metrics: its memory is that of the next one. */
  [LEND](): ILentSnapshot {
    // Who gives snapshots of his own, in a class of his own or in our method's place, is asked for them.
    if (this.snapshot !== MetricsManager.prototype.snapshot) {
      return { snapshot: this.snapshot(), done: () => undefined };
    }
    const { snapshot, routes } = this.#taken();
    return { snapshot, done: () => routes?.drop() };
  }

  /**
   * Does most of the next snapshot's work ahead, in slices of about 1 ms: what many routes told since the last one is
   * then copied already, and the snapshot itself, which is of one moment, holds the event loop for a short time only.
   */
  async prepare(): Promise<void> {
    await prepareRoutes(this.#state.proxy, hostsOf(readAll<IProxyReadings>(this.#proxies)));
  }

  /** One full pass of every source, so that all bytes so far are counted. At most 5 s; a source that fails is logged. */
  async settle(): Promise<void> {
    const sweeps = Promise.all(this.#observed.map((observed) => this.#sweep(observed)));
    await within(SETTLE_TIMEOUT_MS, sweeps);
    this.#reconcile();
  }

  get #observed(): readonly (ObservedProxy | ObservedDns)[] {
    return [...this.#proxies, ...this.#dns];
  }

  async #stop(): Promise<void> {
    if (this.#upkeep !== null) clearInterval(this.#upkeep);
    this.#upkeep = null;
    if (!this.#subscribed) return;
    await this.settle();
    this.#subscribed = false;
    for (const source of this.#observed) source.unsubscribe();
  }

  #taken(): { snapshot: IRouterSnapshot; routes: SnapshotRoutes | null } {
    const { clock, instance } = this.#settings;
    const moment: IMoment = { now: clock.now(), takenAt: clock.wall() };
    const state = this.#state;
    const proxies = this.#reconcile();
    const names = readAll<IDnsReadings>(this.#dns);
    const active = this.#proxies.reduce((sum, { live }) => sum + live, 0);
    // Held from here on: sources and loggers, which are asked and told below, may take a snapshot themselves.
    const routes = this.#proxySeen ? proxyRoutes(state.proxy, proxies, moment) : null;
    const snapshot = deepFreeze<IRouterSnapshot>({
      schemaVersion: 1,
      instance,
      version: VERSION,
      takenAt: moment.takenAt,
      startedAt: state.startedAt,
      uptimeSeconds: Math.max(0, moment.now - state.origin) / 1000,
      proxy: routes === null ? null : proxySnapshot(state.proxy, routes, proxies, active, moment),
      dns: this.#dnsSeen ? dnsSnapshot(state.dns, this.#dns, names, moment) : null,
      process: this.#process.snapshot(moment.now),
      self: this.#self(proxies, names, moment.takenAt),
    });
    return { snapshot, routes };
  }

  #tick(): void {
    void this.#process.poll();
    this.#reconcile();
  }

  #forget(source: ObservedProxy | ObservedDns): void {
    if (!this.#observed.includes(source)) return;
    const failures = source.read()?.listenerErrors ?? 0;
    this.#pastOf.set(source.source, failures);
    this.#pastListenerErrors += failures;
    source.unsubscribe();
  }

  /** A source that is observed anew tells all its failures itself. */
  #recall(source: object): void {
    this.#pastListenerErrors -= this.#pastOf.get(source) ?? 0;
    this.#pastOf.delete(source);
  }

  async #sweep({ source }: ObservedProxy | ObservedDns): Promise<void> {
    try {
      await source.sweep?.();
    } catch (error) {
      warn(this.#settings.logger, `the sweep of a source failed: ${String(error)}`);
    }
  }

  /** Reads the proxies and brings the route table in line with what they have configured. */
  #reconcile(): IProxyReadings[] {
    const readings = readAll<IProxyReadings>(this.#proxies);
    // Nothing is retired on incomplete knowledge, nor while stopped, when hosts may be detached.
    if (this.#subscribed && readings.length > 0 && readings.length === this.#proxies.length) {
      this.#state.proxy.routes.reconcile(
        readings.length === 1 && readings[0] !== undefined
          ? readings[0].routes
          : readings.flatMap(({ routes }) => routes),
      );
    }
    return readings;
  }

  #self(proxies: readonly IProxyReadings[], dns: readonly IDnsReadings[], takenAt: number): ISelfSnapshot {
    const state = this.#state;
    const sampledAt = oldestPass(proxies);
    const invariants = this.#invariants;
    return {
      sampledAt,
      sampleAgeSeconds: sampledAt === null ? null : Math.max(0, takenAt - sampledAt) / 1000,
      overflow: [
        { limit: 'routes', count: state.proxy.routes.overflowed },
        { limit: 'dnsHandlers', count: state.dns.handlersOverflowed },
        { limit: 'dnsRejectReasons', count: state.dns.rejected.overflowed },
      ],
      events: (Object.keys(state.events) as TRouterEventName[]).map((event) => ({ event, count: state.events[event] })),
      listenerErrors: [...proxies, ...dns].reduce((sum, read) => sum + read.listenerErrors, this.#pastListenerErrors),
      invariants: [
        invariants.check('connections', () => identities.connectionsBreach(state.proxy, this.#proxies)),
        invariants.check('bytes', () => identities.bytesBreach(state.proxy)),
        invariants.check('bytes-at-close', () => identities.closesBreach(state.proxy)),
        invariants.check('requests', () => identities.requestsBreach(state.proxy)),
        invariants.check('dns', () => identities.dnsBreach(state.dns, this.#dns)),
        invariants.check('sources', () => identities.sourcesBreach(this.#observed)),
      ],
    };
  }
}

function readAll<TReadings>(sources: readonly { read(): TReadings | null }[]): TReadings[] {
  return sources.map((source) => source.read()).filter((readings) => readings !== null);
}

/** Of the source whose last pass is the longest ago; `null` while one of them never had any. */
function oldestPass(proxies: readonly IProxyReadings[]): number | null {
  let oldest: number | null = null;
  for (const { sampledAt } of proxies) {
    if (sampledAt === null) return null;
    oldest = Math.min(oldest ?? sampledAt, sampledAt);
  }
  return oldest;
}

/** Waits for the work, but not for ever. */
async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
    timer.unref();
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
