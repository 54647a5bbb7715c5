/** Names with Zipf's distribution: the nth is asked 1/n as often as the first. */
import { seeded } from '../harness/random.js';

export class Stream {
  readonly names: readonly string[];
  /** Indexes of names, in the order in which they come. */
  readonly picks: Int32Array;
  readonly #octets: Buffer;
  /** Where each name begins in the octets, and where the last one ends. */
  readonly #starts: Int32Array;

  constructor(distinct: number, length: number) {
    const names = Array.from({ length: distinct }, (_unused, index) => `name-${index}.example.test`);
    this.#octets = Buffer.from(names.join(''));
    this.#starts = new Int32Array(distinct + 1);
    for (const [index, name] of names.entries()) this.#starts[index + 1] = (this.#starts[index] ?? 0) + name.length;
    // What was put together is not in one piece in memory; what comes from a network is.
    this.names = names.map((_name, index) => this.fresh(index));
    this.picks = zipf(distinct, length);
  }

  /** The name as a new string, as a packet's is. */
  fresh(index: number): string {
    return this.#octets.toString('latin1', this.#starts[index], this.#starts[index + 1]);
  }

  held(index: number): string {
    return this.names[index] ?? '';
  }

  /** How much of each name is in the stream. */
  truth(weight: (position: number) => number): Float64Array {
    const truth = new Float64Array(this.names.length);
    for (const [position, index] of this.picks.entries()) truth[index] = (truth[index] ?? 0) + weight(position);
    return truth;
  }
}

function zipf(distinct: number, length: number): Int32Array {
  const cumulative = new Float64Array(distinct);
  let sum = 0;
  for (let index = 0; index < distinct; index++) cumulative[index] = sum += 1 / (index + 1);
  const random = seeded(1);
  return Int32Array.from({ length }, () => {
    const wanted = random() * sum;
    let [low, high] = [0, distinct - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  });
}
