import type { IClock } from '../interfaces/options.js';
import type { IForwardedReading, IForwardedRoute } from '../interfaces/source.js';
import { forwardedRoutes } from './forwarded.js';

const POLL_MS = 1_000;

/** Reads a host's `getMetrics()` once a second and keeps how long ago its figures last changed. */
export class ForwardedPoller {
  readonly #getMetrics: () => unknown;
  readonly #wrapped: () => ReadonlySet<string>;
  readonly #clock: IClock;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;
  #routes: readonly IForwardedRoute[] = [];
  #text = '';
  #changedAt: number | null = null;

  constructor(getMetrics: () => unknown, wrapped: () => ReadonlySet<string>, clock: IClock) {
    this.#getMetrics = getMetrics;
    this.#wrapped = wrapped;
    this.#clock = clock;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.poll(), POLL_MS).unref();
    void this.poll();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  reading(): IForwardedReading {
    const changedAt = this.#changedAt;
    return {
      routes: this.#routes,
      staleSeconds: changedAt === null ? null : Math.max(0, this.#clock.now() - changedAt) / 1000,
    };
  }

  /** Never rejects; a host that throws, hangs or answers nonsense leaves the last reading to grow old. */
  async poll(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const metrics = await this.#getMetrics();
      if (typeof metrics === 'object' && metrics !== null) this.#take(await forwardedRoutes(metrics, this.#wrapped));
    } catch {
      // The age of the last reading tells.
    } finally {
      this.#asking = false;
    }
  }

  #take(routes: readonly IForwardedRoute[]): void {
    const text = JSON.stringify(routes);
    if (this.#changedAt !== null && text === this.#text) return;
    this.#routes = routes;
    this.#text = text;
    this.#changedAt = this.#clock.now();
  }
}
