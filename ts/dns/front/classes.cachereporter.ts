import type { IDnsEvents } from '../../interfaces/events.js';
import type { FencedEmitter } from '../../shared/fencedemitter.js';
import type { AnswerCache } from './cache/classes.answercache.js';

const INTERVAL_MS = 1_000;

/** Tells how full the cache is: at the start, then once a second where it changed, and at the end. */
export class CacheReporter {
  readonly #cache: AnswerCache;
  readonly #emitter: FencedEmitter<IDnsEvents>;
  #told = '';
  #evictions = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(cache: AnswerCache, emitter: FencedEmitter<IDnsEvents>) {
    this.#cache = cache;
    this.#emitter = emitter;
  }

  start(): void {
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.#tell(), INTERVAL_MS);
    this.#timer.unref();
    this.#tell();
  }

  stop(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#tell();
  }

  #tell(): void {
    const { entries, bytes, evictions } = this.#cache;
    const state = `${entries} ${bytes} ${evictions}`;
    if (state === this.#told) return;
    this.#told = state;
    const since = evictions - this.#evictions;
    this.#evictions = evictions;
    this.#emitter.emit('cache', { entries, bytes, evictions: since });
  }
}
