import type { ITopListSnapshot } from '../interfaces/snapshot.js';

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
  readonly #slots = new Map<string, number>();
  // By slot.
  readonly #keys: string[] = [];
  readonly #counts: Float64Array;
  readonly #errors: Float64Array;
  /** Position of each slot in the heap. */
  readonly #position: Int32Array;
  /** Slots, the smallest count first. */
  readonly #heap: Int32Array;
  #maxError = 0;

  constructor(capacity: number, shown: number) {
    this.capacity = capacity;
    this.#shown = shown;
    this.#counts = new Float64Array(capacity);
    this.#errors = new Float64Array(capacity);
    this.#position = new Int32Array(capacity);
    this.#heap = new Int32Array(capacity);
  }

  /** O(log capacity). A weight that is not above 0 changes nothing. */
  add(key: string, weight = 1): void {
    if (!(weight > 0)) return;
    // As it came: what is kept is short and well-formed, so that only a key that is not found has to be made so.
    let kept = key;
    let known = this.#slots.get(key);
    if (known === undefined && (kept = topKey(key)) !== key) known = this.#slots.get(kept);
    if (known !== undefined) {
      this.#raise(known, weight);
      return;
    }
    const size = this.#slots.size;
    if (size < this.capacity) {
      this.#slots.set(kept, size);
      this.#keys[size] = kept;
      this.#counts[size] = weight;
      this.#siftUp(size, weight, size);
      return;
    }
    const slot = this.#heap[0] ?? 0;
    const smallest = this.#counts[slot] ?? 0;
    this.#slots.delete(this.#keys[slot] ?? '');
    this.#slots.set(kept, slot);
    this.#keys[slot] = kept;
    this.#errors[slot] = smallest;
    // The smallest count never falls, so the latest error given is the largest.
    this.#maxError = smallest;
    this.#raise(slot, weight);
  }

  snapshot(): ITopListSnapshot {
    const entries = this.#largest().map((slot) => ({
      key: this.#keys[slot] ?? '',
      count: this.#counts[slot] ?? 0,
      maxError: this.#errors[slot] ?? 0,
    }));
    return { entries, maxError: this.#maxError, capacity: this.capacity };
  }

  /** The slots to show, the largest count first. One pass: few are shown of many, and a sort would go through them all. */
  #largest(): number[] {
    const largest: number[] = [];
    for (let slot = 0; slot < this.#keys.length; slot++) {
      const count = this.#counts[slot] ?? 0;
      let place = largest.length;
      while (place > 0 && (this.#counts[largest[place - 1] ?? 0] ?? 0) < count) place--;
      if (place >= this.#shown) continue;
      largest.splice(place, 0, slot);
      if (largest.length > this.#shown) largest.pop();
    }
    return largest;
  }

  #raise(slot: number, weight: number): void {
    const count = (this.#counts[slot] ?? 0) + weight;
    this.#counts[slot] = count;
    this.#siftDown(slot, count);
  }

  /** Puts a slot in the place of the heap that is its own, from a leaf on. */
  #siftUp(slot: number, count: number, from: number): void {
    const [counts, heap, position] = [this.#counts, this.#heap, this.#position];
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] ?? 0;
      if ((counts[above] ?? 0) <= count) break;
      heap[at] = above;
      position[above] = at;
      at = parent;
    }
    heap[at] = slot;
    position[slot] = at;
  }

  /** The same for a slot that has grown. Those that are smaller move up, so that each is written once. */
  #siftDown(slot: number, count: number): void {
    const counts = this.#counts;
    const heap = this.#heap;
    const position = this.#position;
    const size = this.#slots.size;
    let at = position[slot] ?? 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      let least = heap[child] ?? 0;
      let smallest = counts[least] ?? 0;
      if (child + 1 < size) {
        const right = heap[child + 1] ?? 0;
        const other = counts[right] ?? 0;
        if (other < smallest) {
          child++;
          least = right;
          smallest = other;
        }
      }
      if (count <= smallest) break;
      heap[at] = least;
      position[least] = at;
      at = child;
    }
    heap[at] = slot;
    position[slot] = at;
  }
}

/** Keys come from the network: bounded in length, and without lone surrogates, which would collide on output. */
function topKey(key: string): string {
  if (key.length <= MAX_KEY_LENGTH) return key.toWellFormed();
  // Copied: a slice would hold the whole of the long string.
  return Buffer.from(key.slice(0, MAX_KEY_LENGTH).toWellFormed()).toString();
}
