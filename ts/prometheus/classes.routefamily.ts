import type { IMetric } from '../catalog/index.js';
import type { IHistogramSnapshot } from '../interfaces/snapshot.js';
import type { IRouteList } from '../shared/routelist.js';
import { CHUNK_LENGTH } from './classes.chunkpool.js';
import type { ChunkPool } from './classes.chunkpool.js';
import type { LineBlock } from './classes.lineblock.js';
import { LineChanges } from './classes.linechanges.js';
import { END_LENGTH } from './classes.linewriter.js';
import type { LineWriter } from './classes.linewriter.js';
import { LineTexts } from './classes.linetexts.js';
import type { PageBytes } from './classes.pagebytes.js';
import type { IFamily } from './family.js';
import { NO_COLUMNS } from './linecolumns.js';
import { NO_LABELS } from './routelabels.js';
import type { IRouteLabels } from './routelabels.js';

/** More label values than this are not kept from one page to the next. */
const MAX_TAILS = 10_000;
/** A block ends with the route that makes it longer than this: so that it has room to grow, and to grow much once more. */
const ROOMY = CHUNK_LENGTH * 0.75;
const GROWN = CHUNK_LENGTH * 0.85;
const FULL = CHUNK_LENGTH * 0.95;
/** Nor has it more routes than these, of which none may have a line. */
const MOST_ROUTES = 1024;

type TReadRoute = NonNullable<IMetric['readRoute']>;

/**
 * A catalogue metric by route, of routes whose labels all differ. A page of many routes is nearly all made here, and most
 * of it is what the page before was: its blocks of lines are kept, and numbers that have changed are written to where they
 * stand. A block of which a route has other lines than before is written anew.
 */
export class RouteFamily {
  readonly #metric: IMetric;
  readonly #name: string;
  readonly #read: TReadRoute;
  readonly #writer: LineWriter;
  readonly #pool: ChunkPool;
  #texts: LineTexts;
  /** Of the page before. */
  #labels = NO_LABELS;
  #blocks: LineBlock[] = [];

  // Of the route in hand. A closure for each would be garbage.
  #labelFrom = 0;
  #labelTo = 0;
  #columns = NO_COLUMNS;
  #line = 0;
  #lineEnd = 0;
  readonly #changes = new LineChanges();

  constructor(metric: IMetric, read: TReadRoute, prefix: string, writer: LineWriter, pool: ChunkPool) {
    this.#metric = metric;
    this.#name = `${prefix}${metric.name}`;
    this.#read = read;
    this.#writer = writer;
    this.#pool = pool;
    this.#texts = new LineTexts(this.#name, metric.labels);
  }

  /** For one page. `routes`: those that the labels are of. Other labels than before: other routes. */
  family(routes: IRouteList, labels: IRouteLabels): IFamily {
    const { type, unit, help } = this.#metric;
    return { name: this.#name, type, unit, help, write: (page) => this.#write(page, routes, labels) };
  }

  *#write(page: PageBytes, routes: IRouteList, labels: IRouteLabels): Iterable<number> {
    // The values of labels come from a source that may know no bounds.
    const crowded = this.#texts.size > MAX_TAILS;
    if (crowded) this.#texts = new LineTexts(this.#name, this.#metric.labels);
    if (crowded || labels !== this.#labels) this.#forget();
    this.#labels = labels;
    const blocks: LineBlock[] = [];
    for (const block of this.#blocksOf(routes)) {
      blocks.push(block);
      page.share(block.chunk, block.length);
      yield block.lines;
    }
    this.#blocks = blocks;
  }

  /** Gives the memory of the blocks back: the page in hand is written anew. */
  #forget(): void {
    for (const block of this.#blocks) block.chunk.drop();
    this.#blocks = [];
  }

  *#blocksOf(routes: IRouteList): Iterable<LineBlock> {
    const before = this.#blocks;
    if (before.length === 0) yield* this.#written(routes, 0, routes.length, ROOMY);
    let index = 0;
    for (let block = before[index]; block !== undefined; block = before[++index]) {
      if (this.#mend(block, routes)) {
        yield block;
        continue;
      }
      block.chunk.drop();
      let { end, length } = block;
      // Short ones that follow become one with it: what lines that have gone, or blocks that were divided, left over.
      for (let next = before[index + 1]; next !== undefined; next = before[index + 1]) {
        if (length + next.length > ROOMY || next.end - block.first > MOST_ROUTES) break;
        next.chunk.drop();
        ({ end } = next);
        length += next.length;
        index++;
      }
      yield* this.#written(routes, block.first, end, length > GROWN ? ROOMY : FULL);
    }
  }

  /** Some routes written anew, in blocks of not much more than `most` bytes. */
  *#written(routes: IRouteList, first: number, end: number, most: number): Iterable<LineBlock> {
    const writer = this.#writer;
    let begun = first;
    for (let route = first; route < end; route++) {
      const snapshot = routes.at(route);
      if (snapshot === undefined) return;
      this.#labelFrom = route === 0 ? 0 : (this.#labels.ends[route - 1] ?? 0);
      this.#labelTo = this.#labels.ends[route] ?? 0;
      this.#read(snapshot, this.#addLines);
      writer.endRoute();
      const next = route + 1;
      if (next < end && writer.length < most && next - begun < MOST_ROUTES) continue;
      yield writer.finish(begun);
      begun = next;
    }
  }

  readonly #addLines = (value: number | IHistogramSnapshot, second?: string, third?: string): void => {
    const writer = this.#writer;
    const texts = this.#texts;
    if (typeof value !== 'number') {
      this.#addHistogram(value);
      return;
    }
    const tail = texts.tail(second, third);
    // A source may tell one thing twice, and one series twice makes a page unreadable.
    if (second !== undefined && writer.has(tail.id)) return;
    writer.reserve(texts.start.length + this.#labelTo - this.#labelFrom + tail.bytes.length + END_LENGTH);
    writer.bytes(texts.start);
    writer.bytes(this.#labels.bytes, this.#labelFrom, this.#labelTo);
    writer.bytes(tail.bytes);
    writer.endLine(value, tail.id);
  };

  #addHistogram(histogram: IHistogramSnapshot): void {
    const writer = this.#writer;
    const { bytes } = this.#labels;
    const { bucket, sum, count, le, only } = this.#texts;
    const { id, buckets } = this.#texts.histogram(histogram.edges);
    const length = bucket.length + this.#labelTo - this.#labelFrom + le.length;
    writer.reserve((buckets.length + 2) * (length + 2 * END_LENGTH));
    writer.bytes(bucket);
    writer.bytes(bytes, this.#labelFrom, this.#labelTo);
    writer.bytes(le);
    let cumulative = 0;
    let from = writer.length - length;
    for (let index = 0; index < buckets.length; index++) {
      if (index > 0) {
        const to = writer.length;
        writer.again(to - from, length);
        from = to;
      }
      writer.bytes(buckets[index] ?? only.bytes);
      cumulative += histogram.counts[index] ?? 0;
      writer.endLine(cumulative, id);
    }
    // The count is the last bucket by construction, whatever the source says it is.
    for (const [start, value] of [
      [sum, histogram.sum],
      [count, cumulative],
    ] as const) {
      // prettier-ignore
      writer.bytes(start);
      writer.bytes(bytes, this.#labelFrom, this.#labelTo);
      writer.bytes(only.bytes);
      writer.endLine(value, id);
    }
  }

  /** Brings a block of the page before up to date. False, with the block spoilt, where that cannot be done. */
  #mend(block: LineBlock, routes: IRouteList): boolean {
    this.#changes.clear(block.lines);
    this.#columns = block.columns;
    for (let route = block.first; route < block.end; route++) {
      const snapshot = routes.at(route);
      if (snapshot === undefined) continue;
      this.#line = block.firstLine(route);
      this.#lineEnd = block.endLine(route);
      this.#read(snapshot, this.#mendLines);
      // All of its lines, and no others.
      if (this.#line !== this.#lineEnd) return false;
    }
    if (this.#changes.count > 0) block.rewrite(this.#changes, this.#pool);
    return true;
  }

  readonly #mendLines = (value: number | IHistogramSnapshot, second?: string, third?: string): void => {
    if (typeof value === 'number') {
      this.#mendLine(value, this.#texts.tail(second, third).id);
      return;
    }
    const { id, buckets } = this.#texts.histogram(value.edges);
    let cumulative = 0;
    for (let index = 0; index < buckets.length; index++) {
      cumulative += value.counts[index] ?? 0;
      this.#mendLine(cumulative, id);
    }
    this.#mendLine(value.sum, id);
    this.#mendLine(cumulative, id);
  };

  #mendLine(value: number, tail: number): void {
    const { values, tails } = this.#columns;
    const line = this.#line;
    if (tails[line] !== tail) {
      // Another line than before, and whatever follows is one, too.
      this.#lineEnd = -1;
      return;
    }
    this.#line = line + 1;
    if (Object.is(value, values[line])) return;
    values[line] = value;
    this.#changes.add(line);
  }
}
