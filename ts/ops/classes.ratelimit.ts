import { LRUCache } from './plugins.js';
import type { IClock } from '../interfaces/options.js';

const PER_SECOND = 200;
const BURST = 400;
/** Clients that are remembered; one that is forgotten has its whole burst again. */
const MOST_CLIENTS = 1_000;

interface IBucket {
  tokens: number;
  filledAt: number;
}

/** Requests of each client: 200 in a second on the long run, 400 at once. */
export class RateLimit {
  readonly #clock: IClock;
  readonly #buckets = new LRUCache<string, IBucket>({ max: MOST_CLIENTS });

  constructor(clock: IClock) {
    this.#clock = clock;
  }

  /** Whether this request of the client may be served; one that may not costs nothing. */
  allows(client: string): boolean {
    const now = this.#clock.now();
    let bucket = this.#buckets.get(client);
    if (bucket === undefined) {
      bucket = { tokens: BURST, filledAt: now };
      this.#buckets.set(client, bucket);
    }
    bucket.tokens = Math.min(BURST, bucket.tokens + ((now - bucket.filledAt) / 1000) * PER_SECOND);
    bucket.filledAt = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}
