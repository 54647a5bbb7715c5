/** A pass over fewer records takes some 2 ms: not worth figures that are behind. */
const ALL_UP_TO = 4_096;
/** No connection goes unvisited for longer, ms. */
const AT_MOST_MS = 8_000;

/**
 * When each record of the table was visited and when it is due again, as columns by its position: a look at a hundred
 * thousand idle sockets costs some 40 ms, a look at their columns less than one.
 */
export class Visits {
  readonly #longest: number;
  #due = new Uint32Array(64);
  #visited = new Uint32Array(64);
  /** Number of the running or the last pass. */
  #pass = 0;
  #all = true;
  /** The pass that visited what was visited the longest ago. */
  #oldest = 0;
  /** When passes began, monotonic, ms: of as many as a record may go unvisited. */
  readonly #beganAt: Float64Array;

  constructor(intervalMs: number) {
    this.#longest = Math.max(1, Math.floor(AT_MOST_MS / intervalMs));
    this.#beganAt = new Float64Array(this.#longest + 1);
  }

  /** After a complete pass: since when not all is known, monotonic, ms. */
  get knownUntil(): number {
    return this.#beganAt[this.#oldest % this.#beganAt.length] ?? 0;
  }

  /** A record comes to stand here: due at the next pass. */
  add(index: number): void {
    if (index >= this.#due.length) this.#grow();
    this.#due[index] = 0;
    this.#visited[index] = this.#pass;
  }

  /** The record that stood at one position comes to stand at another. */
  move(from: number, to: number): void {
    this.#due[to] = this.#due[from] ?? 0;
    this.#visited[to] = this.#visited[from] ?? 0;
  }

  /** `now`: monotonic, ms. `size`: how many records there are. `every`: whatever is due. */
  begin(now: number, size: number, every: boolean): void {
    this.#pass++;
    this.#beganAt[this.#pass % this.#beganAt.length] = now;
    this.#oldest = this.#pass;
    this.#all = every || size <= ALL_UP_TO;
  }

  isDue(index: number): boolean {
    if (this.#all || (this.#due[index] ?? 0) <= this.#pass) return true;
    const visited = this.#visited[index] ?? 0;
    if (visited < this.#oldest) this.#oldest = visited;
    return false;
  }

  /** After a visit: what did not move is left alone for twice as long as before, in passes, but for a spread. */
  visited(index: number, moved: boolean): void {
    const waited = this.#pass - (this.#visited[index] ?? 0);
    this.#visited[index] = this.#pass;
    this.#due[index] = this.#pass + (moved ? 1 : Math.min(2 * Math.max(1, waited), this.#longestOf(index)));
  }

  /**
   * Connections that came together must not stay together: their visits would be one stall every 8 s. So each is left
   * alone for the longest time or for an eighth less, by dice; what follows from index and pass by a sum alone comes to
   * be the same each time.
   */
  #longestOf(index: number): number {
    const longest = this.#longest;
    if (longest < 4) return longest;
    const dice = Math.imul(index ^ Math.imul(this.#pass, 0x85ebca6b), 0x9e3779b1) >>> 16;
    return longest - (dice % (1 + Math.max(1, longest >> 3)));
  }

  #grow(): void {
    const [due, visited] = [this.#due, this.#visited];
    this.#due = new Uint32Array(2 * due.length);
    this.#visited = new Uint32Array(2 * visited.length);
    this.#due.set(due);
    this.#visited.set(visited);
  }
}
