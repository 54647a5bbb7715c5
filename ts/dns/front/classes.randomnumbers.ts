import { crypto } from '../plugins.js';

/** Crypto-strong 16-bit numbers, fetched many at a time: ids and ports that nobody can guess (RFC 5452). */
export class RandomNumbers {
  readonly #pool = new Uint16Array(2048);
  #next = this.#pool.length;

  next(): number {
    if (this.#next === this.#pool.length) {
      crypto.randomFillSync(this.#pool);
      this.#next = 0;
    }
    return this.#pool[this.#next++] ?? 0;
  }
}
