import type { IRouteStats } from '../../interfaces/stats.js';

export const REMEMBERED = 60;
/** An answer that comes later than this after the one before leaves a gap. */
const GAP_MS = 5_000;

/** What the page itself saw of each route: connections a second of the last 60 answers. */
export class RateMemory {
  #byRoute = new Map<string, readonly (number | null)[]>();
  #last = 0;

  add(routes: readonly IRouteStats[], takenAt: number): void {
    const gap = this.#last !== 0 && (takenAt - this.#last > GAP_MS || takenAt < this.#last);
    this.#last = takenAt;
    const next = new Map<string, readonly (number | null)[]>();
    for (const { name, rates } of routes) {
      const known = this.#byRoute.get(name) ?? [];
      next.set(name, [...known, ...(gap ? [null] : []), rates.connectionsPerSecond].slice(-REMEMBERED));
    }
    // Routes that are gone are forgotten with the map that held them.
    this.#byRoute = next;
  }

  of(route: string): readonly (number | null)[] {
    return this.#byRoute.get(route) ?? [];
  }
}
