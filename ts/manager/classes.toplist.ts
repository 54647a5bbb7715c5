import type { ITopListSnapshot } from '../interfaces/snapshot.js';
import { SlotIndex } from './classes.slotindex.js';

const MAX_KEY_LENGTH = 255;

/**
 * The most frequent keys of a stream in fixed memory: Space-Saving (Metwally, Agrawal, El Abbadi: "Efficient
 * Computation of Frequent and Top-k Elements in Data Streams", 2005), with weights. A new key takes the place of the
 * smallest one and inherits its count as its possible error. A key whose true weight is above the list's `maxError`
 * is in the list for certain.
 */
export class TopList {
  readonly capacity: number;
  readonly #shown: number;
  readonly #index: SlotIndex;
  #size = 0;
  // By slot.
  readonly #errors: Float64Array;
  readonly #position: Int32Array;
  // The heap, by position, the smallest count first. Counts stand in it, so that those that are compared are neighbours.
  readonly #heap: Int32Array;
  readonly #counts: Float64Array;
  #maxError = 0;

  constructor(capacity: number, shown: number) {
    this.capacity = capacity;
    this.#shown = shown;
    this.#index = new SlotIndex(capacity);
    this.#counts = new Float64Array(capacity);
    this.#errors = new Float64Array(capacity);
    this.#position = new Int32Array(capacity);
    this.#heap = new Int32Array(capacity);
  }

  /** O(log capacity). A weight that is not above 0 changes nothing. */
  add(key: string, weight = 1): void {
    if (!(weight > 0)) return;
    // As it came: what is kept is short and well-formed, so that only a key that is not found has to be made so.
    const hash = this.#index.hash(key);
    const known = this.#index.find(key, hash);
    if (known >= 0) {
      this.#raise(known, weight);
      return;
    }
    const kept = topKey(key);
    if (kept === key) this.#enter(key, hash, weight);
    else this.addHashed(kept, this.hash(kept), weight);
  }

  /** Of a `topKey`, for `addHashed` of this list. */
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
      count: this.#countOf(slot),
      maxError: this.#errors[slot] ?? 0,
    }));
    return { entries, maxError: this.#maxError, capacity: this.capacity };
  }

  /** The slots to show, the largest count first. One pass: few are shown of many, and a sort would go through them all. */
  #largest(): number[] {
    const largest: number[] = [];
    for (let slot = 0; slot < this.#size; slot++) {
      const count = this.#countOf(slot);
      let place = largest.length;
      while (place > 0 && this.#countOf(largest[place - 1] ?? 0) < count) place--;
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
      this.#siftUp(slot, weight, slot);
      return;
    }
    const slot = this.#heap[0] ?? 0;
    const smallest = this.#counts[0] ?? 0;
    index.delete(slot);
    index.set(slot, key, hash);
    this.#errors[slot] = smallest;
    // The smallest count never falls, so the latest error given is the largest.
    this.#maxError = smallest;
    this.#raise(slot, weight);
  }

  #raise(slot: number, weight: number): void {
    this.#siftDown(slot, this.#countOf(slot) + weight);
  }

  #countOf(slot: number): number {
    return this.#counts[this.#position[slot] ?? 0] ?? 0;
  }

  /** Puts a slot in the place of the heap that is its own, from a leaf on. */
  #siftUp(slot: number, count: number, from: number): void {
    const [counts, heap, position] = [this.#counts, this.#heap, this.#position];
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const larger = counts[parent] ?? 0;
      if (larger <= count) break;
      const above = heap[parent] ?? 0;
      heap[at] = above;
      counts[at] = larger;
      position[above] = at;
      at = parent;
    }
    heap[at] = slot;
    counts[at] = count;
    position[slot] = at;
  }

  /** The same for a slot that has grown. Those that are smaller move up, so that each is written once. */
  #siftDown(slot: number, count: number): void {
    const counts = this.#counts;
    const heap = this.#heap;
    const position = this.#position;
    const size = this.#size;
    let at = position[slot] ?? 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      let smallest = counts[child] ?? 0;
      if (child + 1 < size) {
        const other = counts[child + 1] ?? 0;
        if (other < smallest) {
          child++;
          smallest = other;
        }
      }
      if (count <= smallest) break;
      const least = heap[child] ?? 0;
      heap[at] = least;
      counts[at] = smallest;
      position[least] = at;
      at = child;
    }
    heap[at] = slot;
    counts[at] = count;
    position[slot] = at;
  }
}

/** Keys come from the network: bounded in length, and without lone surrogates, which would collide on output. */
export function topKey(key: string): string {
  if (key.length <= MAX_KEY_LENGTH) return key.toWellFormed();
  // Copied: a slice would hold the whole of the long string.
  return Buffer.from(key.slice(0, MAX_KEY_LENGTH).toWellFormed()).toString();
}
