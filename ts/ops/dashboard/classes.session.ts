import type { IRouterStats } from '../../interfaces/stats.js';
import { ApiClient } from './classes.apiclient.js';
import { ApiError } from './classes.apierror.js';
import { Poll } from './classes.poll.js';
import { Readings } from './classes.readings.js';

const STATS_EVERY_MS = 1_000;

export type TStatus = 'connecting' | 'live' | 'lost' | 'token';

/** One router, as long as the element looks at it. */
export class Session {
  readonly api: ApiClient;
  readonly stats: Poll<IRouterStats>;
  /** Connections a second of each route. */
  readonly rates = new Readings();
  /** Open connections, under `all`. */
  readonly open = new Readings();

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
    const { proxy, takenAt = 0 } = stats;
    if (!proxy) return;
    this.rates.add(
      proxy.routes.map(({ name, rates }) => [name, rates.connectionsPerSecond]),
      takenAt,
    );
    this.open.add([['all', proxy.activeConnections]], takenAt);
  }
}
