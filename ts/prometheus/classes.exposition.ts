import type { IClock } from '../interfaces/options.js';
import { BLOCK_LENGTH, header } from './family.js';
import type { IFamily } from './family.js';
import type { TFormat } from './negotiate.js';

/** Milliseconds of work between two pauses. */
const SLICE_MS = 1;
/** Characters of a chunk, about. */
const CHUNK_LENGTH = 65_536;

/** One page of metrics in the making. It pauses for the process's other work whenever it held the event loop for 1 ms. */
export class Exposition {
  /** Lines with a value, so far. */
  series = 0;
  readonly #format: TFormat;
  readonly #clock: IClock;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #text = '';
  /** Characters since the last look at the clock. */
  #unlooked = 0;
  #resumedAt: number;

  /** `startedAt`: when the work in hand began, on the monotonic clock. */
  constructor(format: TFormat, clock: IClock, startedAt: number) {
    this.#format = format;
    this.#clock = clock;
    this.#resumedAt = startedAt;
  }

  /** A family without samples leaves no trace. */
  async add(family: IFamily): Promise<void> {
    let begun = false;
    for (const { text, series } of family.blocks) {
      if (!begun) this.#text += header(family, this.#format);
      begun = true;
      this.#text += text;
      this.series += series;
      if (this.#text.length >= CHUNK_LENGTH) this.#encode();
      this.#unlooked += text.length;
      if (this.#unlooked < BLOCK_LENGTH) continue;
      this.#unlooked = 0;
      if (this.due) await this.pause();
    }
  }

  /** Whether it held the event loop long enough. */
  get due(): boolean {
    return this.#clock.now() - this.#resumedAt > SLICE_MS;
  }

  async pause(): Promise<void> {
    await new Promise<void>((resume) => setImmediate(resume));
    this.#resumedAt = this.#clock.now();
  }

  /** The whole page, in UTF-8. Each chunk ends with a line. */
  finish(): readonly Uint8Array<ArrayBuffer>[] {
    if (this.#format === 'openmetrics') this.#text += '# EOF\n';
    this.#encode();
    return this.#chunks;
  }

  // As it grows: the bytes of a large page in one go would be a stall of their own.
  #encode(): void {
    this.#chunks.push(Buffer.from(this.#text));
    this.#text = '';
  }
}
