/** What is remembered for answers under way. Forgetting is safe: it refuses more of them. */
const KEPT = 256;

type TMatcher = (name: string) => boolean;

/** What was declared untrue and when, for answers to queries that left before. Time is counted in generations. */
export class Invalidations {
  readonly #recent: { readonly generation: number; readonly matches: TMatcher }[] = [];
  #generation = 0;
  /** Whatever left before this generation is refused unseen. */
  #floor = 0;

  get generation(): number {
    return this.#generation;
  }

  add(matches: TMatcher): void {
    this.#recent.push({ generation: ++this.#generation, matches });
    if (this.#recent.length > KEPT) this.#floor = this.#recent.shift()?.generation ?? this.#generation;
  }

  addAll(): void {
    this.#floor = ++this.#generation;
    this.#recent.length = 0;
  }

  /** Whether an answer that left at `generation` may be untrue by now. `nameOf` is asked only where names decide. */
  touch(generation: number, nameOf: () => string): boolean {
    if (generation === this.#generation) return false;
    if (!(generation >= this.#floor)) return true;
    const name = nameOf();
    return this.#recent.some((one) => one.generation > generation && one.matches(name));
  }
}
