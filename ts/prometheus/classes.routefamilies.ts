import type { IMetric } from '../catalog/index.js';
import type { IRouteSnapshot } from '../interfaces/snapshot.js';
import type { ChunkPool } from './classes.chunkpool.js';
import type { Exposition } from './classes.exposition.js';
import { LineWriter } from './classes.linewriter.js';
import { RouteFamily } from './classes.routefamily.js';
import type { IFamily } from './family.js';
import { routeLabels } from './routelabels.js';
import type { IRouteLabels } from './routelabels.js';

/** The families by route, from one page to the next: their lines as long as the routes are the same, in the same order. */
export class RouteFamilies {
  readonly #prefix: string;
  readonly #families = new Map<IMetric, RouteFamily>();
  #routes: readonly IRouteSnapshot[] = [];
  #labels: IRouteLabels | null = null;
  readonly #pool: ChunkPool;
  readonly #writer: LineWriter;

  constructor(prefix: string, pool: ChunkPool) {
    this.#prefix = prefix;
    this.#pool = pool;
    this.#writer = new LineWriter(pool);
  }

  /** Before a page: of which routes. */
  async begin(routes: readonly IRouteSnapshot[], page: Exposition): Promise<void> {
    const known = this.#routes;
    this.#routes = routes;
    if (
      this.#labels !== null &&
      known.length === routes.length &&
      routes.every(({ name }, index) => name === known[index]?.name)
    ) {
      return;
    }
    this.#labels = null;
    this.#labels = await routeLabels(routes, page);
    if (this.#labels === null) this.#families.clear();
  }

  /** `null` where the metric is none by route, or where two routes would have the same label. */
  family(metric: IMetric): IFamily | null {
    const { readRoute } = metric;
    if (readRoute === undefined || this.#labels === null) return null;
    let family = this.#families.get(metric);
    if (family === undefined) {
      family = new RouteFamily(metric, readRoute, this.#prefix, this.#writer, this.#pool);
      this.#families.set(metric, family);
    }
    return family.family(this.#routes, this.#labels);
  }
}
