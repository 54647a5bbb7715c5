import type { IMetric } from '../catalog/index.js';
import type { IRouteList } from '../shared/routelist.js';
import type { ChunkPool } from './classes.chunkpool.js';
import type { Exposition } from './classes.exposition.js';
import { LineWriter } from './classes.linewriter.js';
import { RouteFamily } from './classes.routefamily.js';
import type { IFamily } from './family.js';
import { areLabelsOf, routeLabels } from './routelabels.js';
import type { IRouteLabels } from './routelabels.js';

/** The families by route, from one page to the next: their lines as long as the routes are the same, in the same order. */
export class RouteFamilies {
  readonly #prefix: string;
  readonly #families = new Map<IMetric, RouteFamily>();
  #routes: IRouteList | null = null;
  #labels: IRouteLabels | null = null;
  readonly #pool: ChunkPool;
  readonly #writer: LineWriter;

  constructor(prefix: string, pool: ChunkPool) {
    this.#prefix = prefix;
    this.#pool = pool;
    this.#writer = new LineWriter(pool);
  }

  /** Before a page: of which routes. */
  async begin(routes: IRouteList, page: Exposition): Promise<void> {
    this.#routes = routes;
    if (this.#labels !== null && areLabelsOf(this.#labels, routes)) return;
    this.#labels = null;
    this.#labels = await routeLabels(routes, page);
    if (this.#labels === null) this.#families.clear();
  }

  /** After a page: what of its snapshot was held for it. */
  end(): void {
    this.#routes = null;
  }

  /** `null` where the metric is none by route, or where two routes would have the same label. */
  family(metric: IMetric): IFamily | null {
    const { readRoute } = metric;
    if (readRoute === undefined || this.#labels === null || this.#routes === null) return null;
    let family = this.#families.get(metric);
    if (family === undefined) {
      family = new RouteFamily(metric, readRoute, this.#prefix, this.#writer, this.#pool);
      this.#families.set(metric, family);
    }
    return family.family(this.#routes, this.#labels);
  }
}
