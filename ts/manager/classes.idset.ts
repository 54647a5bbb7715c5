/** Places at first, and at least; a power of two. */
const LEAST = 256;

/**
 * Ids that come and go, in memory that grows and shrinks with how many there are: open addressing with linear probing. A
 * `Set` that forgets as often as it learns is made anew every few ids.
 */
export class IdSet {
  /** By place; `NaN`: free. */
  #ids = new Float64Array(LEAST).fill(NaN);
  #shift = 32 - Math.log2(LEAST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** An id that is there already is there once; `NaN` is none. */
  add(id: number): void {
    const ids = this.#ids;
    const place = this.#find(id);
    if (ids[place] === id || Number.isNaN(id)) return;
    ids[place] = id;
    // At most half full, so that the places to look at stay few.
    if (2 * ++this.#size > ids.length) this.#resize(2 * ids.length);
  }

  /** Whether it was there. */
  delete(id: number): boolean {
    const ids = this.#ids;
    const mask = ids.length - 1;
    let free = this.#find(id);
    if (ids[free] !== id) return false;
    this.#size--;
    // What follows moves up where that is nearer to its own place, so that no search ends too early.
    for (let place = (free + 1) & mask; ; place = (place + 1) & mask) {
      const other = ids[place] ?? NaN;
      if (Number.isNaN(other)) break;
      if (((place - this.#place(other)) & mask) < ((place - free) & mask)) continue;
      ids[free] = other;
      free = place;
    }
    ids[free] = NaN;
    if (8 * this.#size < ids.length && ids.length > LEAST) this.#resize(ids.length / 2);
    return true;
  }

  clear(): void {
    this.#size = 0;
    this.#ids.fill(NaN);
  }

  /** Where it is, or the free place where it would be. */
  #find(id: number): number {
    const ids = this.#ids;
    const mask = ids.length - 1;
    let place = this.#place(id);
    for (;;) {
      const other = ids[place] ?? NaN;
      if (other === id || Number.isNaN(other)) return place;
      place = (place + 1) & mask;
    }
  }

  /** Ids that follow each other lie apart: in one row a search would go through all of it. */
  #place(id: number): number {
    return Math.imul(id, 0x9e3779b1) >>> this.#shift;
  }

  #resize(places: number): void {
    const ids = this.#ids;
    this.#ids = new Float64Array(places).fill(NaN);
    this.#shift = 32 - Math.log2(places);
    for (const id of ids) {
      if (!Number.isNaN(id)) this.#ids[this.#find(id)] = id;
    }
  }
}
