/**
 * Lets identical questions wait for one answer. It bounds nothing: each waiter is a query in flight, which the caller
 * counts and bounds, and whose time-out settles the key too. Not for questions that bypass the cache: their keys do not
 * tell them apart.
 */
export class Coalescer<TWaiter> {
  readonly #flights = new Map<string, TWaiter[]>();

  /** Keys that wait for an answer. */
  get flights(): number {
    return this.#flights.size;
  }

  /** True for the first, which is then to be asked upstream; the others wait for its answer. */
  join(key: string, waiter: TWaiter): boolean {
    const flight = this.#flights.get(key);
    if (flight === undefined) {
      this.#flights.set(key, [waiter]);
      return true;
    }
    flight.push(waiter);
    return false;
  }

  /** All that waited, in order, the first included; none if nobody did. The next to join is first again. */
  settle(key: string): readonly TWaiter[] {
    const flight = this.#flights.get(key) ?? [];
    this.#flights.delete(key);
    return flight;
  }
}
