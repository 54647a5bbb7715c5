import type { IClock } from '../../interfaces/options.js';
import type { IRouterSnapshot, ISnapshotSource } from '../../interfaces/snapshot.js';
import { unavailable } from '../classes.problem.js';

/** One snapshot serves all who ask within so many milliseconds. */
const VALID_MS = 200;

/** Snapshots that requests share: taken when asked for, prepared in slices first. */
export class SharedSnapshots {
  readonly #source: ISnapshotSource;
  readonly #clock: IClock;
  #last: { readonly snapshot: IRouterSnapshot; readonly until: number } | null = null;
  #underWay: Promise<IRouterSnapshot> | null = null;

  constructor(source: ISnapshotSource, clock: IClock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Rejects with a 503 where none can be taken; that is not shared with who asks later. */
  async take(): Promise<IRouterSnapshot> {
    if (this.#last !== null && this.#clock.now() < this.#last.until) return this.#last.snapshot;
    this.#underWay ??= this.#fresh().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #fresh(): Promise<IRouterSnapshot> {
    this.#last = null;
    try {
      await this.#source.prepare?.();
      const snapshot = this.#source.snapshot();
      this.#last = { snapshot, until: this.#clock.now() + VALID_MS };
      return snapshot;
    } catch (error) {
      throw unavailable('no snapshot can be taken', error);
    }
  }
}
