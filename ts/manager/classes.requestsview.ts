import type { IHistogramSnapshot, IRequestCount, IRequestsSnapshot } from '../interfaces/snapshot.js';
import { REQUEST_DURATION_EDGES } from '../shared/buckets.js';
import { HistogramView } from './classes.histogramview.js';
import type { Requests } from './classes.requests.js';
import type { BlockCopy } from './classes.blockcopy.js';
import { CELLS, handy } from './routecells.js';

/** The requests of a route in the copy of its block, turned to one route after the other. */
export class RequestsView implements IRequestsSnapshot {
  readonly #duration = new HistogramView(CELLS.requestDuration, REQUEST_DURATION_EDGES);
  readonly #entries: { method: string; code: string; count: number }[] = [];
  readonly #byCode: IRequestCount[] = [];
  #requests: Requests | null = null;
  #copy: BlockCopy | null = null;
  #row = 0;

  turn(requests: Requests, row: number, copy: BlockCopy): this {
    this.#requests = requests;
    this.#copy = copy;
    this.#row = row;
    return this;
  }

  get started(): number {
    return this.#cell(CELLS.started);
  }

  get finished(): number {
    return this.#cell(CELLS.finished);
  }

  get aborted(): number {
    return this.#cell(CELLS.aborted);
  }

  get inFlight(): number {
    return this.#cell(CELLS.inFlight);
  }

  get byCode(): readonly IRequestCount[] {
    const known = this.#cell(CELLS.codes);
    const counts = this.#byCode;
    counts.length = 0;
    for (const { method, code, cell, before } of this.#requests?.codes ?? []) {
      // Those that were there at the moment of the copy.
      if (before >= known) continue;
      const entry = (this.#entries[counts.length] ??= { method, code, count: 0 });
      entry.method = method;
      entry.code = code;
      entry.count = handy(this.#copy?.codes[cell] ?? 0);
      counts.push(entry);
    }
    return counts;
  }

  get duration(): IHistogramSnapshot | null {
    return this.#copy === null ? null : this.#duration.turn(this.#copy.cells, this.#row);
  }

  #cell(column: number): number {
    return handy(this.#copy?.cells[column + this.#row] ?? 0);
  }
}
