/**
 * Of each line that a family wrote: its number, and where that stands. Of each route: where its lines stand in the page.
 * Columns rather than objects: a page of many routes has some half a million lines.
 */
export class LineBook {
  values = new Float64Array(0);
  /** What the line says besides its route and its number. */
  tails = new Int32Array(0);
  /** Where the number begins, in bytes from the first byte of its route. */
  numberAt = new Int32Array(0);
  /** Bytes of the number. */
  widths = new Uint8Array(0);
  lines = 0;

  readonly routes: number;
  /** By route: the buffer of the page, from where to where in it, and the line after its last. */
  readonly buffer: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly endLine: Int32Array;

  constructor(routes: number) {
    this.routes = routes;
    this.buffer = new Int32Array(routes);
    this.from = new Int32Array(routes);
    this.to = new Int32Array(routes);
    this.endLine = new Int32Array(routes);
  }

  /** The index of a route's first line. */
  firstLine(route: number): number {
    return route === 0 ? 0 : (this.endLine[route - 1] ?? 0);
  }

  add(value: number, tail: number, numberAt: number, width: number): void {
    const line = this.lines++;
    if (line >= this.values.length) this.#grow();
    this.values[line] = value;
    this.tails[line] = tail;
    this.numberAt[line] = numberAt;
    this.widths[line] = width;
  }

  /** Whether a line with this tail was added from a line on. */
  has(tail: number, from: number): boolean {
    for (let line = from; line < this.lines; line++) if (this.tails[line] === tail) return true;
    return false;
  }

  /** Lines of another book, from one up to another, whose route is the same to the byte. */
  copy(book: LineBook, from: number, to: number): void {
    for (let line = from; line < to; line++) {
      this.add(book.values[line] ?? 0, book.tails[line] ?? 0, book.numberAt[line] ?? 0, book.widths[line] ?? 0);
    }
  }

  /** Where the lines of a route stand that was written as a whole; `buffer` -1: in more than one buffer. */
  place(route: number, buffer: number, from: number, to: number): void {
    this.buffer[route] = buffer;
    this.from[route] = from;
    this.to[route] = to;
    this.endLine[route] = this.lines;
  }

  #grow(): void {
    const length = Math.max(64, 2 * this.values.length);
    const [values, tails, numberAt, widths] = [
      new Float64Array(length),
      new Int32Array(length),
      new Int32Array(length),
      new Uint8Array(length),
    ];
    values.set(this.values);
    tails.set(this.tails);
    numberAt.set(this.numberAt);
    widths.set(this.widths);
    Object.assign(this, { values, tails, numberAt, widths });
  }
}
