const random32 = (): number => Math.floor(Math.random() * 0x1_0000_0000) | 0;

// Keys come from the network: which of them collide must not be known before. The same for all, so that a key that
// several know is hashed once.
const SEED = random32();
const FACTOR = random32() | 1;

/**
 * Finds the slot of a key, in memory that is taken once: open addressing with linear probing. A `Map` that forgets as
 * often as it learns allocates a new table every few thousand keys, and was more than half the cost of a top list.
 */
export class SlotIndex {
  readonly #mask: number;
  /** Slot + 1 by place; 0: free. */
  readonly #slots: Int32Array;
  /** By slot. */
  readonly #hashes: Int32Array;
  readonly #keys: (string | undefined)[] = [];

  /** `capacity`: slots are below it. */
  constructor(capacity: number) {
    // At most half full, so that the places to look at stay few.
    const places = 2 ** Math.ceil(Math.log2(2 * capacity + 1));
    this.#mask = places - 1;
    this.#slots = new Int32Array(places);
    this.#hashes = new Int32Array(capacity);
  }

  hash(key: string): number {
    const { length } = key;
    // In two lanes that do not wait for each other.
    let [even, odd] = [SEED, length];
    for (let at = length & 1; at < length; at += 2) {
      even = Math.imul(even ^ key.charCodeAt(at), FACTOR);
      odd = Math.imul(odd ^ key.charCodeAt(at + 1), FACTOR);
    }
    if ((length & 1) === 1) even = Math.imul(even ^ key.charCodeAt(0), FACTOR);
    let hash = even ^ ((odd << 15) | (odd >>> 17));
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash ^= hash >>> 13;
    return hash;
  }

  key(slot: number): string {
    return this.#keys[slot] ?? '';
  }

  /** -1: the key is in no slot. */
  find(key: string, hash: number): number {
    const [mask, slots, hashes] = [this.#mask, this.#slots, this.#hashes];
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const slot = (slots[place] ?? 0) - 1;
      if (slot < 0) return -1;
      if (hashes[slot] === hash && this.#keys[slot] === key) return slot;
    }
  }

  /** The key, which is in no slot, comes into this one. */
  set(slot: number, key: string, hash: number): void {
    const [mask, slots] = [this.#mask, this.#slots];
    let place = hash & mask;
    while (slots[place] !== 0) place = (place + 1) & mask;
    slots[place] = slot + 1;
    this.#hashes[slot] = hash;
    this.#keys[slot] = key;
  }

  /** The slot becomes free. */
  delete(slot: number): void {
    const [mask, slots, hashes] = [this.#mask, this.#slots, this.#hashes];
    let free = (hashes[slot] ?? 0) & mask;
    while (slots[free] !== slot + 1) free = (free + 1) & mask;
    // What follows moves up where that is nearer to its own place, so that no search ends too early.
    for (let place = (free + 1) & mask; slots[place] !== 0; place = (place + 1) & mask) {
      const own = (hashes[(slots[place] ?? 0) - 1] ?? 0) & mask;
      if (((place - own) & mask) < ((place - free) & mask)) continue;
      slots[free] = slots[place] ?? 0;
      free = place;
    }
    slots[free] = 0;
    this.#keys[slot] = undefined;
  }
}
