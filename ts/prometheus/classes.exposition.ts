import type { IClock } from '../interfaces/options.js';
import { header } from './family.js';
import type { IFamily } from './family.js';
import type { TFormat } from './negotiate.js';

/** Milliseconds of work between two pauses. */
const SLICE_MS = 2;
/** Blocks between two looks at the clock. */
const BLOCKS_PER_LOOK = 16;

/** One page of metrics in the making. It pauses for the process's other work whenever it held the event loop for 2 ms. */
export class Exposition {
  /** Lines with a value, so far. */
  series = 0;
  readonly #format: TFormat;
  readonly #clock: IClock;
  readonly #slices: string[] = [];
  #lines: string[] = [];
  #blocks = 0;
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
    for (const block of family.blocks) {
      if (!begun) this.#lines.push(header(family, this.#format));
      begun = true;
      this.#lines.push(block.text);
      this.series += block.series;
      this.#blocks++;
      if (this.#blocks % BLOCKS_PER_LOOK === 0 && this.#clock.now() - this.#resumedAt > SLICE_MS) await this.#pause();
    }
  }

  /** The whole page. */
  finish(): string {
    if (this.#format === 'openmetrics') this.#lines.push('# EOF\n');
    this.#slices.push(this.#lines.join(''));
    return this.#slices.join('');
  }

  async #pause(): Promise<void> {
    this.#slices.push(this.#lines.join(''));
    this.#lines = [];
    await new Promise<void>((resume) => setImmediate(resume));
    this.#resumedAt = this.#clock.now();
  }
}
