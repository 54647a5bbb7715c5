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
    const kept = topKey(key);
    const known = this.#slots.get(kept);
    if (known !== undefined) {
      this.#raise(known, weight);
      return;
    }
    const size = this.#slots.size;
    if (size < this.capacity) {
      this.#slots.set(kept, size);
      this.#keys[size] = kept;
      this.#counts[size] = weight;
      this.#heap[size] = size;
      this.#position[size] = size;
      this.#siftUp(size);
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
    this.#counts[slot] = (this.#counts[slot] ?? 0) + weight;
    this.#siftDown(this.#position[slot] ?? 0);
  }

  #siftUp(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#at(parent) <= this.#at(at)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #siftDown(from: number): void {
    const size = this.#slots.size;
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= size) return;
      const right = left + 1;
      const child = right < size && this.#at(right) < this.#at(left) ? right : left;
      if (this.#at(at) <= this.#at(child)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  /** The count at a place of the heap. */
  #at(place: number): number {
    return this.#counts[this.#heap[place] ?? 0] ?? 0;
  }

  #swap(a: number, b: number): void {
    const slotA = this.#heap[a] ?? 0;
    const slotB = this.#heap[b] ?? 0;
    this.#heap[a] = slotB;
    this.#heap[b] = slotA;
    this.#position[slotB] = a;
    this.#position[slotA] = b;
  }
}

/** Keys come from the network: bounded in length, and without lone surrogates, which would collide on output. */
function topKey(key: string): string {
  if (key.length <= MAX_KEY_LENGTH) return key.toWellFormed();
  // Copied: a slice would hold the whole of the long string.
  return Buffer.from(key.slice(0, MAX_KEY_LENGTH).toWellFormed()).toString();
}
