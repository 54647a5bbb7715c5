import type { ApiClient } from './classes.apiclient.js';
import { Retry } from './classes.retry.js';
import type { IFailure } from './classes.retry.js';

export interface IPollOptions<T> {
  readonly api: ApiClient;
  /** Read before each request. */
  readonly path: () => string;
  readonly intervalMs: number;
  /** Called whenever what can be read here has changed. */
  readonly changed: () => void;
  /** Called with each answer that is new. Throws where it is none. */
  readonly received?: (data: T) => void;
}

/** The last answer of one path, asked for again and again. A failure does not take it away: it only grows old. */
export class Poll<T> {
  readonly #options: IPollOptions<T>;
  readonly #retry: Retry;
  #path = '';
  #etag: string | null = null;
  #data: T | null = null;
  #answeredAt: number | null = null;

  constructor(options: IPollOptions<T>) {
    this.#options = options;
    this.#retry = new Retry(options.api, (signal) => this.#ask(signal), options.changed);
  }

  get data(): T | null {
    return this.#data;
  }

  /** Unix time in ms by the viewer's clock; an answer that nothing has changed counts, too. */
  get answeredAt(): number | null {
    return this.#answeredAt;
  }

  get failure(): IFailure | null {
    return this.#retry.failure;
  }

  start(): void {
    this.#retry.start();
  }

  stop(): void {
    this.#retry.stop();
  }

  now(): void {
    this.#retry.now();
  }

  async #ask(signal: AbortSignal): Promise<number> {
    const began = performance.now();
    const { api, path: pathOf, intervalMs, received, changed } = this.#options;
    const path = pathOf();
    const answer = await api.read<T>(path, signal, path === this.#path ? this.#etag : null);
    // Asked for something else meanwhile: this is not the answer to it.
    if (signal.aborted || path !== pathOf()) return 0;
    if (answer !== null) {
      received?.(answer.data);
      this.#data = answer.data;
      this.#etag = answer.etag;
      this.#path = path;
    }
    this.#answeredAt = Date.now();
    changed();
    return intervalMs - (performance.now() - began);
  }
}
