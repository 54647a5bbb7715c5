import { backoffMs } from './backoff.js';
import { ApiError, messageOf } from './classes.apierror.js';
import type { ApiClient } from './classes.apiclient.js';
import { untilVisible } from './visibility.js';

export interface IFailure {
  readonly reason: string;
  /** Unix time in ms by the viewer's clock. */
  readonly since: number;
  /** `null`: when a token is given. */
  readonly retryAt: number | null;
}

/** Does the same again and again, until it is stopped: not while the tab is hidden, and with a back-off on failure. */
export class Retry {
  readonly #api: ApiClient;
  readonly #turn: (signal: AbortSignal) => Promise<number>;
  readonly #changed: () => void;
  #life: AbortController | null = null;
  #wake: () => void = () => undefined;
  #failures = 0;
  #failure: IFailure | null = null;

  /** `turn` does it once, and resolves to how many ms to wait before the next time. */
  constructor(api: ApiClient, turn: (signal: AbortSignal) => Promise<number>, changed: () => void) {
    this.#api = api;
    this.#turn = turn;
    this.#changed = changed;
  }

  get failure(): IFailure | null {
    return this.#failure;
  }

  start(): void {
    if (this.#life !== null) return;
    this.#life = new AbortController();
    void this.#run(this.#life.signal);
  }

  stop(): void {
    this.#life?.abort();
    this.#life = null;
  }

  /** Ends a wait that is under way. */
  now(): void {
    this.#wake();
  }

  /** For a turn that goes on: what was wrong is right again. */
  succeeded(): void {
    this.#failures = 0;
    if (this.#failure === null) return;
    this.#failure = null;
    this.#changed();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await untilVisible(signal);
      if (signal.aborted) return;
      try {
        const pause = await this.#turn(signal);
        this.succeeded();
        await this.#sleep(pause, signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#failed(error, signal);
      }
    }
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const since = this.#failure?.since ?? Date.now();
    if (error instanceof ApiError && error.status === 401) {
      const given = this.#api.tokenGiven(signal);
      this.#failure = { reason: messageOf(error), since, retryAt: null };
      this.#changed();
      return given;
    }
    const wait = backoffMs(++this.#failures);
    this.#failure = { reason: messageOf(error), since, retryAt: Date.now() + wait };
    this.#changed();
    return this.#sleep(wait, signal);
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, ms));
      signal.addEventListener('abort', done);
      this.#wake = done;
    });
  }
}
