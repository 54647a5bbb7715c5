interface IRanked<T> {
  readonly value: number;
  /** Among equal values the smaller one comes first. */
  readonly tie: number;
  readonly item: T;
}

/** The largest of many in bounded memory: a heap with the least of those kept on top. */
export class Largest<T> {
  readonly #limit: number;
  readonly #heap: IRanked<T>[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(value: number, tie: number, item: T): void {
    const ranked = { value, tie, item };
    if (this.#heap.length < this.#limit) {
      this.#heap.push(ranked);
      this.#up(this.#heap.length - 1);
      return;
    }
    const [least] = this.#heap;
    if (least === undefined || !isBefore(ranked, least)) return;
    this.#heap[0] = ranked;
    this.#down();
  }

  /** Descending. */
  ranked(): IRanked<T>[] {
    return this.#heap.toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  #up(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(parent, at)) return;
      at = parent;
    }
  }

  #down(): void {
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const [one, other] = [this.#heap[left], this.#heap[right]];
      if (one === undefined) return;
      const least = other !== undefined && isBefore(one, other) ? right : left;
      if (!this.#swapIfBefore(at, least)) return;
      at = least;
    }
  }

  /** Puts the lesser of two on top. */
  #swapIfBefore(above: number, under: number): boolean {
    const [upper, lower] = [this.#heap[above], this.#heap[under]];
    if (upper === undefined || lower === undefined || !isBefore(upper, lower)) return false;
    this.#heap[above] = lower;
    this.#heap[under] = upper;
    return true;
  }
}

export function isBefore(a: { value: number; tie: number }, b: { value: number; tie: number }): boolean {
  return a.value > b.value || (a.value === b.value && a.tie < b.tie);
}
