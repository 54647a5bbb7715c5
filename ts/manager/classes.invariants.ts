import type { ILogger } from '../interfaces/options.js';
import type { IInvariantSnapshot } from '../interfaces/snapshot.js';
import { warn } from '../shared/warn.js';

/** Counts the reads at which an identity did not hold. Logged once for each, never thrown. */
export class Invariants {
  readonly #violations = new Map<string, number>();
  readonly #logger: ILogger | undefined;

  constructor(logger: ILogger | undefined) {
    this.#logger = logger;
  }

  /** `breach` gives both sides where they differ, `null` where the identity holds. */
  check(name: string, breach: () => string | null): IInvariantSnapshot {
    const detail = outcome(breach);
    let violations = this.#violations.get(name) ?? 0;
    if (detail !== null) {
      if (violations === 0) warn(this.#logger, `invariant "${name}" does not hold (told once): ${detail}`);
      violations++;
      this.#violations.set(name, violations);
    }
    return { name, ok: detail === null, violations, detail };
  }
}

function outcome(breach: () => string | null): string | null {
  try {
    return breach();
  } catch (error) {
    // A source that cannot tell its own book has none that agrees.
    return `it could not be evaluated: ${String(error)}`;
  }
}
