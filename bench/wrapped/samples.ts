import { quantile } from '../harness/figures.js';

/** Milliseconds of each unit of work. */
export class Samples {
  #values = new Float64Array(65_536);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(milliseconds: number): void {
    if (this.#count === this.#values.length) {
      const values = new Float64Array(2 * this.#count);
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[this.#count++] = milliseconds;
  }

  quantile(share: number): number {
    return quantile(Array.from(this.#values.subarray(0, this.#count)), share);
  }
}
