/** Lines of a block of which the number has changed, in their order. Used again for each block: it leaves no garbage. */
export class LineChanges {
  lines = new Int32Array(0);
  count = 0;
  /** How their numbers are to be written, as `numberText` says. */
  readonly texts: (number | string)[] = [];

  /** None of a block with so many lines. */
  clear(lines: number): void {
    if (this.lines.length < lines) this.lines = new Int32Array(2 * lines);
    this.count = 0;
  }

  add(line: number): void {
    this.lines[this.count++] = line;
  }
}
