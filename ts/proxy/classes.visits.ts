/** A pass over fewer records takes some 2 ms: not worth figures that are behind. */
const ALL_UP_TO = 4_096;
/** No connection goes unvisited for longer, ms. */
const AT_MOST_MS = 8_000;
/**
 * 2 to the power of this stand together. What came together lies together in memory, where one look makes the next one
 * cheap: in this order it costs half of what it costs in no order.
 */
const BLOCK_SHIFT = 5;

/**
 * When each record of the table was visited and when it is due again, as columns by its position: a look at a hundred
 * thousand idle sockets costs some 40 ms, a look at their columns less than one. Passes are counted in the lowest eight
 * bits: there are at most 80 in `AT_MOST_MS`.
 */
export class Visits {
  readonly #longest: number;
  #due = new Uint8Array(64);
  #visited = new Uint8Array(64);
  /** Number of the running or the last pass. */
  #pass = 0;
  #all = true;
  /** So many passes ago what was visited the longest ago was visited. */
  #oldest = 0;
  /** When passes began, monotonic, ms: of as many as a record may go unvisited. */
  readonly #beganAt: Float64Array;

  constructor(intervalMs: number) {
    this.#longest = Math.max(1, Math.floor(AT_MOST_MS / intervalMs));
    this.#beganAt = new Float64Array(this.#longest + 1);
  }

  /** After a complete pass: since when not all is known, monotonic, ms. */
  get knownUntil(): number {
    return this.#beganAt[(this.#pass - this.#oldest) % this.#beganAt.length] ?? 0;
  }

  /** A record comes to stand here: due at the next pass. */
  add(index: number): void {
    if (index >= this.#due.length) this.#grow();
    this.#due[index] = this.#pass;
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
    this.#oldest = 0;
    this.#all = every || size <= ALL_UP_TO;
  }

  isDue(index: number): boolean {
    if (this.#all || ((this.#due[index] ?? 0) - this.#pass) << 24 <= 0) return true;
    const waited = this.#waited(index);
    if (waited > this.#oldest) this.#oldest = waited;
    return false;
  }

  /** After a visit: what did not move is left alone for twice as long as before, at most until its block's turn. */
  visited(index: number, moved: boolean): void {
    const turn = this.#passesToTurn(index);
    const waited = Math.max(1, this.#waited(index));
    const wait = moved ? 1 : turn === this.#longest ? turn : Math.min(2 * waited, turn);
    this.#visited[index] = this.#pass;
    this.#due[index] = this.#pass + wait;
  }

  /** In passes. */
  #waited(index: number): number {
    return (this.#pass - (this.#visited[index] ?? 0)) & 0xff;
  }

  /** The blocks take turns, so that each pass has as much to do: at one of this many passes from now on it is theirs. */
  #passesToTurn(index: number): number {
    return this.#longest - ((this.#pass + (index >> BLOCK_SHIFT)) % this.#longest);
  }

  #grow(): void {
    const [due, visited] = [this.#due, this.#visited];
    this.#due = new Uint8Array(2 * due.length);
    this.#visited = new Uint8Array(2 * visited.length);
    this.#due.set(due);
    this.#visited.set(visited);
  }
}
