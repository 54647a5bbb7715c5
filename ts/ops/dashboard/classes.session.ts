import type { IRouterStats } from '../../interfaces/stats.js';
import { ApiClient } from './classes.apiclient.js';
import { ApiError } from './classes.apierror.js';
import { Poll } from './classes.poll.js';
import { RateMemory } from './classes.ratememory.js';

const STATS_EVERY_MS = 1_000;

export type TStatus = 'connecting' | 'live' | 'lost' | 'token';

/** One router, as long as the element looks at it. */
export class Session {
  readonly api: ApiClient;
  readonly stats: Poll<IRouterStats>;
  readonly rates = new RateMemory();

  constructor(src: string, changed: () => void) {
    this.api = new ApiClient(src, changed);
    this.stats = new Poll<IRouterStats>({
      api: this.api,
      path: () => 'api/stats',
      intervalMs: STATS_EVERY_MS,
      changed,
      received: (stats) => this.#received(stats),
    });
  }

  get status(): TStatus {
    if (this.api.needsToken !== 'no') return 'token';
    if (this.stats.failure !== null) return 'lost';
    return this.stats.data === null ? 'connecting' : 'live';
  }

  #received(stats: Partial<IRouterStats> | null): void {
    if (stats?.schemaVersion !== 1) throw new ApiError('what it answers are not statistics that this page knows', 200);
    if (stats.proxy) this.rates.add(stats.proxy.routes, stats.takenAt ?? 0);
  }
}
