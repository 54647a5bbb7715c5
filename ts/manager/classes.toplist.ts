import type { ITopListSnapshot } from '../interfaces/snapshot.js';
import { SlotIndex } from './classes.slotindex.js';

const MAX_KEY_LENGTH = 255;
/** The smallest counts are told from the others by so many samples, of which so many are among them. */
const [SAMPLES, SMALL_SAMPLES] = [128, 8];

/**
 * The most frequent keys of a stream in fixed memory: Space-Saving (Metwally, Agrawal, El Abbadi: "Efficient
 * Computation of Frequent and Top-k Elements in Data Streams", 2005), with weights. A new key takes the place of the
 * smallest one and inherits its count as its possible error. A key whose true weight is above the list's `maxError`
 * is in the list for certain.
 *
 * Counts only grow. So those that are above a limit need no order until the ones below it are used up: only these are
 * in a heap, and a key that is raised is not even looked for there.
 */
export class TopList {
  readonly capacity: number;
  readonly #shown: number;
  readonly #index: SlotIndex;
  #size = 0;
  // By slot.
  readonly #counts: Float64Array;
  readonly #errors: Float64Array;
  // The heap of all slots whose counts may be up to the limit, the smallest first: with the counts that they had when
  // they came in, side by side. One that was raised since is mended when it is the first.
  readonly #low: Int32Array;
  readonly #lowCounts: Float64Array;
  #lowSize = 0;
  #limit = -Infinity;
  #maxError = 0;

  constructor(capacity: number, shown: number) {
    this.capacity = capacity;
    this.#shown = shown;
    this.#index = new SlotIndex(capacity);
    this.#counts = new Float64Array(capacity);
    this.#errors = new Float64Array(capacity);
    this.#low = new Int32Array(capacity);
    this.#lowCounts = new Float64Array(capacity);
  }

  /**
   * O(log capacity) for a new key, over many of them; O(1) for one that is there. A weight that is not above 0 changes
   * nothing. `hash`: its own, where the caller has it.
   */
  add(key: string, weight = 1, hash = this.#index.hash(key)): void {
    if (!(weight > 0)) return;
    // As it came: what is kept is short and well-formed, so that only a key that is not found has to be made so.
    const known = this.#index.find(key, hash);
    if (known >= 0) {
      this.#raise(known, weight);
      return;
    }
    const kept = topKey(key);
    if (kept === key) this.#enter(key, hash, weight);
    else this.addHashed(kept, this.hash(kept), weight);
  }

  /** The same for every list. */
  hash(key: string): number {
    return this.#index.hash(key);
  }

  /** The same for a `topKey` that comes again and again: held with its hash, it need not be read. */
  addHashed(key: string, hash: number, weight: number): void {
    if (!(weight > 0)) return;
    const known = this.#index.find(key, hash);
    if (known >= 0) this.#raise(known, weight);
    else this.#enter(key, hash, weight);
  }

  snapshot(): ITopListSnapshot {
    const entries = this.#largest().map((slot) => ({
      key: this.#index.key(slot),
      count: this.#counts[slot] ?? 0,
      maxError: this.#errors[slot] ?? 0,
    }));
    return { entries, maxError: this.#maxError, capacity: this.capacity };
  }

  /** The slots to show, the largest count first. One pass: few are shown of many, and a sort would go through them all. */
  #largest(): number[] {
    const counts = this.#counts;
    const largest: number[] = [];
    for (let slot = 0; slot < this.#size; slot++) {
      const count = counts[slot] ?? 0;
      let place = largest.length;
      while (place > 0 && (counts[largest[place - 1] ?? 0] ?? 0) < count) place--;
      if (place >= this.#shown) continue;
      largest.splice(place, 0, slot);
      if (largest.length > this.#shown) largest.pop();
    }
    return largest;
  }

  /** A key that is in no slot. */
  #enter(key: string, hash: number, weight: number): void {
    const index = this.#index;
    if (this.#size < this.capacity) {
      const slot = this.#size++;
      index.set(slot, key, hash);
      this.#counts[slot] = weight;
      return;
    }
    const slot = this.#smallest();
    const smallest = this.#counts[slot] ?? 0;
    index.delete(slot);
    index.set(slot, key, hash);
    this.#errors[slot] = smallest;
    // The smallest count never falls, so the latest error given is the largest.
    this.#maxError = smallest;
    this.#raise(slot, weight);
  }

  #raise(slot: number, weight: number): void {
    this.#counts[slot] = (this.#counts[slot] ?? 0) + weight;
  }

  /** The slot with the smallest count of a full list. */
  #smallest(): number {
    const [counts, low, lowCounts] = [this.#counts, this.#low, this.#lowCounts];
    for (;;) {
      if (this.#lowSize === 0) this.#gather();
      const slot = low[0] ?? 0;
      const count = counts[slot] ?? 0;
      if (count === lowCounts[0]) return slot;
      if (count <= this.#limit) {
        this.#sift(slot, count, 0);
      } else {
        const last = --this.#lowSize;
        this.#sift(low[last] ?? 0, lowCounts[last] ?? 0, 0);
      }
    }
  }

  /** Sets a new limit, and fills the heap, which is empty, with all that is not above it: some `SMALL_SAMPLES` of `SAMPLES`. */
  #gather(): void {
    const [counts, low, lowCounts, size] = [this.#counts, this.#low, this.#lowCounts, this.#size];
    const limit = (this.#limit = this.#smallSample());
    let found = 0;
    for (let slot = 0; slot < size; slot++) {
      const count = counts[slot] ?? 0;
      if (count > limit) continue;
      low[found] = slot;
      lowCounts[found] = count;
      found++;
    }
    this.#lowSize = found;
    for (let at = (found >> 1) - 1; at >= 0; at--) this.#sift(low[at] ?? 0, lowCounts[at] ?? 0, at);
  }

  /** A count that few are not above, but at least `SMALL_SAMPLES`, where there are as many. */
  #smallSample(): number {
    const counts = this.#counts;
    const stride = Math.ceil(this.#size / SAMPLES);
    const smallest: number[] = [];
    // From anywhere: slots fill in the order of arrival, which a stranger may choose.
    for (let slot = Math.floor(Math.random() * stride); slot < this.#size; slot += stride) {
      const count = counts[slot] ?? 0;
      let place = smallest.length;
      if (place === SMALL_SAMPLES) {
        if (count >= (smallest[place - 1] ?? 0)) continue;
        place--;
      }
      for (; place > 0 && (smallest[place - 1] ?? 0) > count; place--) smallest[place] = smallest[place - 1] ?? 0;
      smallest[place] = count;
    }
    return smallest.at(-1) ?? 0;
  }

  /** Puts a slot that has grown in the place of the heap that is its own, from this one on. Those that are smaller move up. */
  #sift(slot: number, count: number, from: number): void {
    const [counts, heap, size] = [this.#lowCounts, this.#low, this.#lowSize];
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      let smallest = counts[child] ?? 0;
      if (child + 1 < size) {
        const other = counts[child + 1] ?? 0;
        // Which of two is smaller cannot be foreseen: in the processor, a sum costs less than a wrong guess.
        child += Number(other < smallest);
        smallest = counts[child] ?? 0;
      }
      if (count <= smallest) break;
      heap[at] = heap[child] ?? 0;
      counts[at] = smallest;
      at = child;
    }
    heap[at] = slot;
    counts[at] = count;
  }
}

/** Keys come from the network: bounded in length, and without lone surrogates, which would collide on output. */
export function topKey(key: string): string {
  if (key.length <= MAX_KEY_LENGTH) return key.toWellFormed();
  // Copied: a slice would hold the whole of the long string.
  return Buffer.from(key.slice(0, MAX_KEY_LENGTH).toWellFormed()).toString();
}
