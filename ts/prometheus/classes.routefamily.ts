import type { IMetric } from '../catalog/index.js';
import type { IHistogramSnapshot, IRouteSnapshot } from '../interfaces/snapshot.js';
import { LineBook } from './classes.linebook.js';
import { LineTexts } from './classes.linetexts.js';
import { END_LENGTH, PageBytes } from './classes.pagebytes.js';
import { BLOCK_LENGTH } from './family.js';
import type { IFamily } from './family.js';
import type { IRouteLabels } from './routelabels.js';

/** More label values than this are not kept from one page to the next. */
const MAX_TAILS = 10_000;

type TReadRoute = NonNullable<IMetric['readRoute']>;

/**
 * A catalogue metric by route, of routes whose labels all differ. A page of many routes is nearly all made here, and most
 * of it is what the page before was: lines are copied from there, many routes at a time, and only numbers that have
 * changed are written anew. A route with other lines than before is written anew as a whole.
 */
export class RouteFamily {
  readonly #metric: IMetric;
  readonly #name: string;
  readonly #read: TReadRoute;
  readonly #labels: IRouteLabels;
  #texts: LineTexts;
  /** Of the page before; `null` where there is none to copy from. */
  #book: LineBook | null = null;
  #buffers: readonly Buffer[] = [];
  #routes: readonly IRouteSnapshot[] = [];
  /** The book before that, for its room. */
  #spare: LineBook | null = null;

  // Of the page in the making. A closure for each route would be garbage.
  #page = NO_PAGE;
  #next = NO_BOOK;
  #before = NO_BOOK;
  /** Of the route in hand: where its first byte is, its next line in the book before, and by how much numbers moved. */
  #at = 0;
  #line = 0;
  #moved = 0;
  #same = true;
  /** The name of the route in hand, in the bytes of all labels. */
  #labelFrom = 0;
  #labelTo = 0;
  #buffer = -1;
  /** The longest run of routes to be copied at once, in bytes: short while routes come with other lines. */
  #stride = BLOCK_LENGTH;

  constructor(metric: IMetric, read: TReadRoute, prefix: string, labels: IRouteLabels) {
    this.#metric = metric;
    this.#name = `${prefix}${metric.name}`;
    this.#read = read;
    this.#labels = labels;
    this.#texts = new LineTexts(this.#name, metric.labels);
  }

  /** For one page. `routes`: those that the labels are of. */
  family(routes: readonly IRouteSnapshot[]): IFamily {
    const { type, unit, help } = this.#metric;
    return { name: this.#name, type, unit, help, write: (page) => this.#write(page, routes) };
  }

  *#write(page: PageBytes, routes: readonly IRouteSnapshot[]): Iterable<number> {
    // The values of labels come from a source that may know no bounds.
    if (this.#texts.size > MAX_TAILS) {
      this.#texts = new LineTexts(this.#name, this.#metric.labels);
      this.#book = null;
    }
    const before = this.#book;
    const next = this.#spare ?? new LineBook(routes.length);
    next.lines = 0;
    this.#page = page;
    this.#next = next;
    let told = 0;
    for (let route = 0; route < routes.length;) {
      route = before === null ? this.#writeSome(routes, route) : this.#copySome(routes, route, before);
      yield next.lines - told;
      told = next.lines;
    }
    // Only now: a page that is given up leaves the one before as what to copy from.
    this.#spare = before;
    this.#book = next;
    this.#buffers = page.buffers;
    this.#routes = routes;
    this.#page = NO_PAGE;
  }

  /** Writes routes until it is time to yield. Returns the first that is left. */
  #writeSome(routes: readonly IRouteSnapshot[], first: number): number {
    const from = this.#page.length;
    let route = first;
    do this.#writeRoute(routes, route++);
    while (route < routes.length && this.#page.length - from < BLOCK_LENGTH);
    return route;
  }

  #writeRoute(routes: readonly IRouteSnapshot[], route: number): void {
    const snapshot = routes[route];
    if (snapshot === undefined) return;
    const { ends } = this.#labels;
    this.#labelFrom = route === 0 ? 0 : (ends[route - 1] ?? 0);
    this.#labelTo = ends[route] ?? 0;
    this.#line = this.#next.lines;
    this.#buffer = this.#page.buffers.length - 1;
    this.#at = this.#page.at;
    this.#read(snapshot, this.#addLines);
    this.#next.place(route, this.#buffer, this.#at, this.#page.at);
  }

  readonly #addLines = (value: number | IHistogramSnapshot, second?: string, third?: string): void => {
    const { bytes } = this.#labels;
    const texts = this.#texts;
    if (typeof value !== 'number') {
      this.#addHistogram(value);
      return;
    }
    const tail = texts.tail(second, third);
    // A source may tell one thing twice, and one series twice makes a page unreadable.
    if (second !== undefined && this.#next.has(tail.id, this.#line)) return;
    this.#reserve(texts.start.length + this.#labelTo - this.#labelFrom + tail.bytes.length + END_LENGTH);
    this.#page.bytes(texts.start);
    this.#page.bytes(bytes, this.#labelFrom, this.#labelTo);
    this.#page.bytes(tail.bytes);
    this.#endLine(value, tail.id);
  };

  #addHistogram(histogram: IHistogramSnapshot): void {
    const { bytes } = this.#labels;
    const { bucket, sum, count, le, only } = this.#texts;
    const { id, buckets } = this.#texts.histogram(histogram.edges);
    const page = this.#page;
    const label = this.#labelTo - this.#labelFrom;
    const length = bucket.length + label + le.length;
    this.#reserve((buckets.length + 2) * (length + 2 * END_LENGTH));
    page.bytes(bucket);
    page.bytes(bytes, this.#labelFrom, this.#labelTo);
    page.bytes(le);
    let cumulative = 0;
    let from = page.length - length;
    for (let index = 0; index < buckets.length; index++) {
      if (index > 0) {
        const to = page.length;
        page.again(to - from, length);
        from = to;
      }
      page.bytes(buckets[index] ?? only.bytes);
      cumulative += histogram.counts[index] ?? 0;
      this.#endLine(cumulative, id);
    }
    // The count is the last bucket by construction, whatever the source says it is.
    for (const [start, value] of [
      [sum, histogram.sum],
      [count, cumulative],
    ] as const) {
      // prettier-ignore
      page.bytes(start);
      page.bytes(bytes, this.#labelFrom, this.#labelTo);
      page.bytes(only.bytes);
      this.#endLine(value, id);
    }
  }

  #endLine(value: number, tail: number): void {
    const numberAt = this.#page.at - this.#at;
    this.#next.add(value, tail, numberAt, this.#page.endLine(value));
  }

  /** Room in one chunk. A route whose lines are in two cannot be copied from. */
  #reserve(length: number): void {
    this.#page.reserve(length);
    const buffer = this.#page.buffers.length - 1;
    if (buffer === this.#buffer) return;
    if (this.#next.lines === this.#line) {
      this.#buffer = buffer;
      this.#at = this.#page.at;
    } else this.#buffer = -1;
  }

  /** Copies a run of routes and mends the numbers that have changed. Returns the first route that is left. */
  #copySome(routes: readonly IRouteSnapshot[], first: number, before: LineBook): number {
    const buffer = before.buffer[first] ?? -1;
    const bytes = this.#buffers[buffer];
    if (bytes === undefined) {
      this.#writeRoute(routes, first);
      return first + 1;
    }
    const from = before.from[first] ?? 0;
    let end = first + 1;
    while (end < routes.length && before.buffer[end] === buffer && (before.to[end] ?? 0) - from <= this.#stride) end++;
    const to = before.to[end - 1] ?? 0;
    const lines = (before.endLine[end - 1] ?? 0) - before.firstLine(first);
    const page = this.#page;
    page.reserve(to - from + lines * END_LENGTH);
    let at = page.at;
    page.copy(bytes, from, to);
    this.#before = before;
    for (let route = first; route < end; route++) {
      const length = (before.to[route] ?? 0) - (before.from[route] ?? 0);
      if (!this.#mend(routes, route, at)) {
        // Its lines are others than they were.
        page.undo(page.length - page.at + at);
        this.#stride = 0;
        this.#writeRoute(routes, route);
        return route + 1;
      }
      this.#next.place(route, page.buffers.length - 1, at, (at += length + this.#moved));
    }
    this.#stride = Math.min(BLOCK_LENGTH, 2 * this.#stride + 256);
    return end;
  }

  /** Brings the copied lines of a route up to date. False, with nothing left in the book, where that cannot be done. */
  #mend(routes: readonly IRouteSnapshot[], route: number, at: number): boolean {
    const before = this.#before;
    const next = this.#next;
    const snapshot = routes[route];
    const first = before.firstLine(route);
    const end = before.endLine[route] ?? 0;
    this.#moved = 0;
    // Snapshots are frozen: the same one tells the same.
    if (snapshot === this.#routes[route] || snapshot === undefined) {
      next.copy(before, first, end);
      return true;
    }
    const lines = next.lines;
    this.#at = at;
    this.#line = first;
    this.#same = true;
    this.#read(snapshot, this.#mendLines);
    // All of its lines, and none of the next route's.
    if (this.#same && this.#line === end) return true;
    next.lines = lines;
    return false;
  }

  readonly #mendLines = (value: number | IHistogramSnapshot, second?: string, third?: string): void => {
    if (!this.#same) return;
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
    const before = this.#before;
    const line = this.#line++;
    if (before.tails[line] !== tail) {
      this.#same = false;
      return;
    }
    let width = before.widths[line] ?? 0;
    const numberAt = (before.numberAt[line] ?? 0) + this.#moved;
    if (!Object.is(value, before.values[line])) {
      const needed = this.#page.replace(this.#at + numberAt, width, value);
      this.#moved += needed - width;
      width = needed;
    }
    this.#next.add(value, tail, numberAt, width);
  }
}

const NO_PAGE = new PageBytes();
const NO_BOOK = new LineBook(0);
