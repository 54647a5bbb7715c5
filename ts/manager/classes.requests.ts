import { REQUEST_DURATION_EDGES } from '../shared/buckets.js';
import { methodLabel } from '../shared/labels.js';
import type { RouteBlock } from './classes.routeblock.js';
import { CELLS } from './routecells.js';

const ABORTED = -1;
const OTHER = -2;

/** A method and a code that occurred, and where in the block's `codes` they are counted. */
export interface IRequestCode {
  readonly method: string;
  readonly code: string;
  readonly cell: number;
  /** How many of the route were there before it. */
  readonly before: number;
}

/** HTTP requests of one route, in the row of its block. */
export class Requests {
  readonly #block: RouteBlock;
  readonly #row: number;
  /** Method label, then status code. */
  readonly #byCode = new Map<string, Map<number, number>>();
  readonly #codes: IRequestCode[] = [];
  // Mostly the same as the time before: its cell is looked up where it is another.
  #method: string | undefined;
  #statusCode: number | null = null;
  #cell = 0;

  constructor(block: RouteBlock, row: number) {
    this.#block = block;
    this.#row = row;
    this.#block.add(row, CELLS.withRequests, 1);
  }

  get started(): number {
    return this.#block.read(this.#row, CELLS.started);
  }

  get finished(): number {
    return this.#block.read(this.#row, CELLS.finished);
  }

  get aborted(): number {
    return this.#block.read(this.#row, CELLS.aborted);
  }

  get inFlight(): number {
    return this.#block.read(this.#row, CELLS.inFlight);
  }

  /** By method. */
  get codes(): readonly IRequestCode[] {
    return this.#codes;
  }

  start(): void {
    this.#block.add(this.#row, CELLS.started, 1);
  }

  /** The other book: moved by the connections that hold the requests, never by the counters. */
  hold(by: 1 | -1): void {
    this.#block.add(this.#row, CELLS.inFlight, by);
  }

  /** Counts an end. `statusCode`: `null` where no response was finished. `durationMs`: `null` where it is not known. */
  end(method: string, statusCode: number | null, durationMs: number | null): void {
    this.#block.add(this.#row, statusCode === null ? CELLS.aborted : CELLS.finished, 1);
    if (method !== this.#method || statusCode !== this.#statusCode) {
      this.#cell = this.#cellOf(methodLabel(method), codeOf(statusCode));
      this.#method = method;
      this.#statusCode = statusCode;
    }
    this.#block.addCode(this.#cell, 1);
    if (durationMs === null) return;
    this.#block.observe(this.#row, CELLS.requestDuration, REQUEST_DURATION_EDGES, durationMs / 1000);
  }

  /** Takes over the codes of a route that is going. */
  mergeCodes(other: Requests): void {
    for (const [method, codes] of other.#byCode) {
      for (const [code, cell] of codes) {
        this.#block.addCode(this.#cellOf(method, code), other.#block.readCode(cell));
      }
    }
  }

  #cellOf(method: string, code: number): number {
    let codes = this.#byCode.get(method);
    if (codes === undefined) this.#byCode.set(method, (codes = new Map<number, number>()));
    let cell = codes.get(code);
    if (cell === undefined) {
      cell = this.#block.takeCode();
      codes.set(code, cell);
      const place = this.#codes.findLastIndex((met) => met.method === method) + 1 || this.#codes.length;
      this.#codes.splice(place, 0, { method, code: codeLabel(code), cell, before: this.#codes.length });
      this.#block.add(this.#row, CELLS.codes, 1);
    }
    return cell;
  }
}

function codeOf(statusCode: number | null): number {
  if (statusCode === null) return ABORTED;
  return Number.isInteger(statusCode) && statusCode >= 100 && statusCode <= 599 ? statusCode : OTHER;
}

function codeLabel(code: number): string {
  if (code === ABORTED) return 'aborted';
  return code === OTHER ? 'OTHER' : String(code);
}
