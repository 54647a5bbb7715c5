import type { IDnsHandlerReading } from '../interfaces/source.js';
import { OVERFLOW } from '../shared/labels.js';

/** Patterns with counters of their own; what comes after shares those of `_overflow`. */
const MAX_PATTERNS = 200;

export interface IHandlerEntry {
  readonly pattern: string;
  calls: number;
  errors: number;
}

/** Calls and errors of each registered pattern. They outlive the handler: totals never fall. */
export class HandlerBook {
  readonly #entries = new Map<string, IHandlerEntry>();

  /** Looked up once, at registration; whoever holds the entry counts on it. */
  entryFor(pattern: string): IHandlerEntry {
    const key = this.#entries.has(pattern) || this.#entries.size < MAX_PATTERNS ? pattern : OVERFLOW;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry = { pattern: key, calls: 0, errors: 0 };
    this.#entries.set(key, entry);
    return entry;
  }

  readings(): IDnsHandlerReading[] {
    return [...this.#entries.values()].map(({ pattern, calls, errors }) => ({ pattern, calls, errors }));
  }
}
