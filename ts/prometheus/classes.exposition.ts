import type { IClock } from '../interfaces/options.js';
import { systemClock } from '../shared/clock.js';
import type { Chunk } from './classes.chunk.js';
import { ChunkPool } from './classes.chunkpool.js';
import { PageBytes } from './classes.pagebytes.js';
import { BLOCK_LENGTH, header } from './family.js';
import type { IFamily } from './family.js';
import type { TFormat } from './negotiate.js';

/** Milliseconds of work between two pauses. */
const SLICE_MS = 1;

/** One page of metrics in the making. It pauses for the process's other work whenever it held the event loop for 1 ms. */
export class Exposition {
  /** One that stays: V8 throws compiled code away when the last object of its class has gone. */
  static readonly none = new Exposition('text', systemClock, 0, new ChunkPool());

  /** Lines with a value, so far. */
  series = 0;
  readonly #format: TFormat;
  readonly #clock: IClock;
  readonly #page: PageBytes;
  /** Its length at the last look at the clock. */
  #looked = 0;
  #resumedAt: number;

  /** `startedAt`: when the work in hand began, on the monotonic clock. */
  constructor(format: TFormat, clock: IClock, startedAt: number, pool: ChunkPool) {
    this.#page = new PageBytes(pool);
    this.#format = format;
    this.#clock = clock;
    this.#resumedAt = startedAt;
  }

  /** A family without samples leaves no trace. */
  async add(family: IFamily): Promise<void> {
    const page = this.#page;
    const begun = page.length;
    page.text(header(family, this.#format));
    const before = this.series;
    for (const series of family.write(page)) {
      this.series += series;
      if (page.length - this.#looked < BLOCK_LENGTH) continue;
      this.#looked = page.length;
      if (this.due) await this.pause();
    }
    if (this.series === before) page.undo(begun);
  }

  /** Whether it held the event loop long enough. */
  get due(): boolean {
    return this.#clock.now() - this.#resumedAt > SLICE_MS;
  }

  async pause(): Promise<void> {
    await new Promise<void>((resume) => setImmediate(resume));
    this.#resumedAt = this.#clock.now();
  }

  /** Its memory. */
  get chunks(): readonly Chunk[] {
    return this.#page.chunks;
  }

  /** The whole page, in UTF-8. Each chunk ends with a line. */
  finish(): readonly Uint8Array<ArrayBuffer>[] {
    if (this.#format === 'openmetrics') this.#page.text('# EOF\n');
    return this.#page.finish();
  }
}
