import type { Connection } from './classes.connection.js';

/**
 * Open connections by id, chained through themselves. Ids count up, so that the low bits spread them evenly, and a pass
 * over many goes through this memory in order; a `Map` is three places that are not in the cache, and weighs twice as
 * much. It grows by a bucket at a time (Litwin: "Linear Hashing", 1980): no opening waits until all are moved.
 */
export class Connections {
  readonly #buckets: (Connection | null)[] = [null];
  /** A power of two: so many buckets there were when the ones that are being split began to be. */
  #base = 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): Connection | undefined {
    let connection = this.#buckets[this.#place(id)] ?? undefined;
    while (connection !== undefined && connection.id !== id) connection = connection.next ?? undefined;
    return connection;
  }

  /** One whose id is not in it. */
  add(connection: Connection): void {
    if (++this.#size > this.#buckets.length) this.#split();
    this.#push(connection);
  }

  /** Nothing where it is not in it. */
  delete(connection: Connection): void {
    const place = this.#place(connection.id);
    let before: Connection | null = null;
    let at = this.#buckets[place] ?? null;
    while (at !== connection) {
      if (at === null) return;
      before = at;
      at = at.next;
    }
    if (before === null) this.#buckets[place] = connection.next;
    else before.next = connection.next;
    connection.next = null;
    this.#size--;
  }

  /** What is deleted while walking must be the one that was given last. */
  *[Symbol.iterator](): Generator<Connection> {
    for (const first of this.#buckets) {
      let connection = first;
      while (connection !== null) {
        const { next } = connection;
        yield connection;
        connection = next;
      }
    }
  }

  #place(id: number): number {
    const place = id & (2 * this.#base - 1);
    return place < this.#buckets.length ? place : place - this.#base;
  }

  #push(connection: Connection): void {
    const place = this.#place(connection.id);
    connection.next = this.#buckets[place] ?? null;
    this.#buckets[place] = connection;
  }

  /** One bucket more, for half of what is in the next one in turn. */
  #split(): void {
    const from = this.#buckets.length - this.#base;
    let connection = this.#buckets[from] ?? null;
    this.#buckets[from] = null;
    this.#buckets.push(null);
    while (connection !== null) {
      const { next } = connection;
      this.#push(connection);
      connection = next;
    }
    if (this.#buckets.length === 2 * this.#base) this.#base *= 2;
  }
}
