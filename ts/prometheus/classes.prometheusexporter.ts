import { EXPORTER_METRICS, METRICS, SNAPSHOT_METRICS, TOP_LIST_METRICS } from '../catalog/index.js';
import type { IMetric, IReadContext } from '../catalog/index.js';
import type { IClock } from '../interfaces/options.js';
import type { IRouterSnapshot, ISnapshotSource } from '../interfaces/snapshot.js';
import { systemClock } from '../shared/clock.js';
import { describe, invalidOption, RoutemeterError } from '../shared/errors.js';
import { functionOption, integerOption, optionsObject, rejectUnknown } from '../shared/options.js';
import { LEND, routeListOf } from '../shared/routelist.js';
import type { ILender, ILentSnapshot } from '../shared/routelist.js';
import { catalogFamily } from './catalogfamily.js';
import { BridgedMetric } from './classes.bridgedmetric.js';
import type { IPromClientRegistry } from './classes.bridgedmetric.js';
import type { Chunk } from './classes.chunk.js';
import { ChunkPool } from './classes.chunkpool.js';
import { Exposition } from './classes.exposition.js';
import { ProcessMetrics } from './classes.processmetrics.js';
import { RouteFamilies } from './classes.routefamilies.js';
import { namesOf } from './family.js';
import type { ILeftOut, IMetricsRegistry } from './foreign.js';
import { foreignFamily } from './foreign.js';
import { METRIC_NAME } from './format.js';
import { negotiate } from './negotiate.js';

export interface IPrometheusExporterOptions {
  /** Before every name of the catalogue. Letters, digits and underscores, a letter first. Default `router_`. */
  readonly prefix?: string | undefined;
  /** prom-client registries, or objects of their shape, whose families are appended. Default none. */
  readonly registries?: readonly IMetricsRegistry[] | undefined;
  /** The process's own figures (`process_*`, `nodejs_*`), from the first render on. Default true. */
  readonly processMetrics?: boolean | undefined;
  /** The top lists as metrics: how many entries of each, at most 100, or true for 10. Default false. */
  readonly topLists?: boolean | number | undefined;
  readonly clock?: IClock | undefined;
}

export interface IExpositionPage {
  /** For the `Content-Type` header: with version and charset. */
  readonly contentType: string;
  /** Joined when it is first read, which takes its time for a page of many megabytes; `chunks` are there already. */
  readonly body: string;
  /** The same in UTF-8, cut between lines. Later pages are made from these bytes: not to be written to. */
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  /** Says that neither is read any more: the memory is then used for a later page. Needs not be called. Idempotent. */
  release(): void;
}

export interface IPageFigures {
  /** Samples on the page. */
  readonly series: number;
  readonly renderSeconds: number;
  /** Unix time in ms. */
  readonly renderedAt: number;
}

/** Snapshots as a page of metrics, in the text format 0.0.4 or OpenMetrics 1.0. */
export class PrometheusExporter {
  readonly #source: ISnapshotSource;
  readonly #prefix: string;
  readonly #registries: readonly IMetricsRegistry[];
  readonly #process: ProcessMetrics | null;
  readonly #topLists: number;
  readonly #metrics: readonly IMetric[];
  readonly #clock: IClock;
  readonly #pool = new ChunkPool();
  /** From the page before; `null` while a page is made of them. */
  #kept: RouteFamilies | null = null;
  #stopped = false;
  #leftOut: readonly ILeftOut[] = [];
  #lastPage: IPageFigures | null = null;

  constructor(source: ISnapshotSource, options: IPrometheusExporterOptions = {}) {
    optionsObject('PrometheusExporter', options);
    rejectUnknown('PrometheusExporter', options, ['prefix', 'registries', 'processMetrics', 'topLists', 'clock']);
    functionOption('source.snapshot', (source as Partial<ISnapshotSource> | undefined)?.snapshot);
    this.#source = source;
    this.#prefix = prefixOption(options.prefix ?? 'router_');
    this.#registries = registriesOption(options.registries ?? []);
    this.#process = booleanOption('processMetrics', options.processMetrics ?? true) ? new ProcessMetrics() : null;
    this.#topLists = topListsOption(options.topLists ?? false);
    this.#metrics =
      this.#topLists > 0 ? SNAPSHOT_METRICS : SNAPSHOT_METRICS.filter((metric) => !TOP_LIST_METRICS.includes(metric));
    if (options.clock !== undefined) functionOption('clock.now', options.clock.now);
    this.#clock = options.clock ?? systemClock;
  }

  /** Families of foreign registries that the last finished render left out, and why. */
  get leftOut(): readonly ILeftOut[] {
    return this.#leftOut;
  }

  /** Of the last page that was rendered. */
  get lastPage(): IPageFigures | null {
    return this.#lastPage;
  }

  /** Begins to collect the process's figures; the first render does so, too. Idempotent. */
  start(): void {
    this.#stopped = false;
    this.#process?.start();
  }

  /** Gives back what `start()` took. A later render still works, without the process's figures. Idempotent. */
  stop(): void {
    this.#stopped = true;
    this.#process?.stop();
  }

  /**
   * One page from one snapshot, in the format that an `Accept` header asks for; text where it asks for neither.
   * Rejects where the snapshot or a registry fails: there is no part of a page.
   */
  async render(accept?: string | null): Promise<IExpositionPage> {
    const startedAt = this.#clock.now();
    if (!this.#stopped) this.#process?.start();
    const { format, contentType } = negotiate(accept);
    await this.#source.prepare?.();
    const page = new Exposition(format, this.#clock, this.#clock.now(), this.#pool);
    // A second page at the same time makes its own.
    const families = this.#kept ?? new RouteFamilies(this.#prefix, this.#pool);
    this.#kept = null;
    this.#leftOut = await this.#write(page, families, startedAt);
    // A page that was given up leaves nothing: of its families some are of this snapshot and some of the one before.
    this.#kept = families;
    this.#pool.trim(page.chunks.length);
    return expositionPage(contentType, page.finish(), page.chunks);
  }

  /**
   * Offers the same families inside a prom-client registry of the user's own, but for what only an own render knows
   * (`series`, `render_duration_seconds`) and the process's figures, which prom-client has itself.
   */
  registerWith(registry: IPromClientRegistry): void {
    functionOption('registry.registerMetric', (registry as Partial<IPromClientRegistry> | undefined)?.registerMetric);
    const offered = this.#metrics.map((metric) => ({ metric, name: `${this.#prefix}${metric.name}` }));
    // All are looked up before the first is registered: a refusal leaves nothing behind.
    for (const { name } of offered) {
      if (registry.getSingleMetric(name) === undefined) continue;
      const hint = 'an exporter with the same prefix is registered with it, or the prefix must differ';
      throw new RoutemeterError('ERR_METRIC_NAME', `the registry already has a metric "${name}": ${hint}`);
    }
    const snapshot = sharedWithinTurn(() => this.#source.snapshot());
    const context: IReadContext = { topLists: this.#topLists, series: null, renderSeconds: null };
    const read = (metric: IMetric) => metric.read(snapshot(), context);
    for (const { metric, name } of offered) {
      registry.registerMetric(new BridgedMetric(name, metric, registry, read) as never);
    }
  }

  async #write(page: Exposition, families: RouteFamilies, startedAt: number): Promise<ILeftOut[]> {
    const { snapshot, done } = taken(this.#source);
    try {
      return await this.#writeOf(snapshot, page, families, startedAt);
    } finally {
      families.end();
      done();
    }
  }

  async #writeOf(
    snapshot: IRouterSnapshot,
    page: Exposition,
    families: RouteFamilies,
    startedAt: number,
  ): Promise<ILeftOut[]> {
    const context: IReadContext = { topLists: this.#topLists, series: null, renderSeconds: null };
    // The snapshot of many routes is a slice of its own.
    if (page.due) await page.pause();
    await families.begin(routeListOf(snapshot.proxy), page);
    for (const metric of this.#metrics) {
      await page.add(families.family(metric) ?? catalogFamily(metric, this.#prefix, snapshot, context));
    }
    const leftOut = await this.#addForeign(page);
    const series = page.series + EXPORTER_METRICS.length;
    const renderSeconds = (this.#clock.now() - startedAt) / 1000;
    for (const metric of EXPORTER_METRICS) {
      await page.add(catalogFamily(metric, this.#prefix, snapshot, { ...context, series, renderSeconds }));
    }
    this.#lastPage = { series, renderSeconds, renderedAt: this.#clock.wall() };
    return leftOut;
  }

  async #addForeign(page: Exposition): Promise<ILeftOut[]> {
    const registries = this.#process === null ? this.#registries : [...this.#registries, this.#process];
    const leftOut: ILeftOut[] = [];
    // The whole table is taken, samples or not: whether a foreign family shows must not depend on the figures.
    const taken = new Set(METRICS.flatMap(({ name, type }) => namesOf(`${this.#prefix}${name}`, type)));
    for (const registry of registries) {
      for (const entry of await registry.getMetricsAsJSON()) {
        const family = foreignFamily(entry);
        if ('reason' in family) {
          leftOut.push(family);
          continue;
        }
        const names = namesOf(family.name, family.type);
        if (names.some((name) => taken.has(name))) {
          leftOut.push({ name: family.name, reason: 'duplicate' });
          continue;
        }
        for (const name of names) taken.add(name);
        await page.add(family);
      }
    }
    return leftOut;
  }
}

/** Of a source that lends, what it lends: a page is made of it and nothing else. */
function taken(source: ISnapshotSource & Partial<ILender>): ILentSnapshot {
  return source[LEND]?.() ?? { snapshot: source.snapshot(), done: () => undefined };
}

function expositionPage(
  contentType: string,
  chunks: IExpositionPage['chunks'],
  memory: readonly Chunk[],
): IExpositionPage {
  let body: string | null = null;
  let held = memory;
  return {
    contentType,
    chunks,
    release() {
      for (const chunk of held) chunk.drop();
      held = [];
    },
    get body() {
      return (body ??= Buffer.concat(chunks).toString());
    },
  };
}

/** prom-client asks every metric of a registry in one turn: they all tell of the same snapshot. */
function sharedWithinTurn(take: () => IRouterSnapshot): () => IRouterSnapshot {
  let shared: IRouterSnapshot | null = null;
  return () => {
    if (shared !== null) return shared;
    shared = take();
    queueMicrotask(() => {
      shared = null;
    });
    return shared;
  };
}

function prefixOption(prefix: string): string {
  if (typeof prefix !== 'string') throw invalidOption('prefix', 'a text', prefix);
  if (prefix === '' || METRIC_NAME.test(prefix)) return prefix;
  const rule = 'made of letters, digits and underscores, with a letter first';
  throw new RoutemeterError('ERR_METRIC_NAME', `option "prefix" must be ${rule}, not ${describe(prefix)}`);
}

function registriesOption(registries: readonly IMetricsRegistry[]): readonly IMetricsRegistry[] {
  if (!Array.isArray(registries)) throw invalidOption('registries', 'an array of registries', registries);
  for (const [index, registry] of registries.entries()) {
    const read = (registry as Partial<IMetricsRegistry> | undefined | null)?.getMetricsAsJSON;
    functionOption(`registries[${index}].getMetricsAsJSON`, read);
  }
  return [...(registries as readonly IMetricsRegistry[])];
}

function topListsOption(topLists: boolean | number): number {
  if (typeof topLists === 'boolean') return topLists ? 10 : 0;
  return integerOption('topLists', topLists, 0, 1, 100);
}

function booleanOption(name: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw invalidOption(name, 'true or false', value);
  return value;
}
