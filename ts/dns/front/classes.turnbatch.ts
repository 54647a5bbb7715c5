/**
 * Gathers what comes in one turn of the event loop and hands it over at the turn's end, in order. Datagrams come in
 * runs; to work on a run as a whole wakes whoever gets the results once, and not once for each.
 */
export class TurnBatch<TItem> {
  readonly #handle: (item: TItem) => void;
  #items: TItem[] = [];

  constructor(handle: (item: TItem) => void) {
    this.#handle = handle;
  }

  get empty(): boolean {
    return this.#items.length === 0;
  }

  add(item: TItem): void {
    if (this.#items.push(item) === 1) setImmediate(this.#flush);
  }

  /** At once. */
  flush(): void {
    const items = this.#items;
    if (items.length === 0) return;
    this.#items = [];
    for (const item of items) this.#handle(item);
  }

  readonly #flush = (): void => this.flush();
}
