import type { IRequestCount, IRequestsSnapshot } from '../interfaces/snapshot.js';
import { REQUEST_DURATION_EDGES } from '../shared/buckets.js';
import { methodLabel } from '../shared/labels.js';
import { Histogram, mergedHistogram } from './classes.histogram.js';

const ABORTED = -1;
const OTHER = -2;

/** HTTP requests of one route. */
export class Requests {
  started = 0;
  finished = 0;
  aborted = 0;
  /** The other book: moved by the connections that hold the requests, never by the counters above. */
  inFlight = 0;
  /** Method label, then status code. */
  readonly #byCode = new Map<string, Map<number, { count: number }>>();
  #duration: Histogram | null = null;
  /** Kept until the next count: of many routes most are idle between two reads. */
  #counts: readonly IRequestCount[] | null = null;
  #kept: IRequestsSnapshot | null = null;

  /** Counts an end. `statusCode`: `null` where no response was finished. `durationMs`: `null` where it is not known. */
  end(method: string, statusCode: number | null, durationMs: number | null): void {
    if (statusCode === null) this.aborted++;
    else this.finished++;
    this.#count(methodLabel(method), codeOf(statusCode), 1);
    if (durationMs !== null) {
      this.#duration ??= new Histogram(REQUEST_DURATION_EDGES);
      this.#duration.observe(durationMs / 1000);
    }
  }

  /** Takes over the counters of a route that is going. */
  merge(other: Requests): void {
    this.started += other.started;
    this.finished += other.finished;
    this.aborted += other.aborted;
    for (const [method, codes] of other.#byCode) {
      for (const [code, { count }] of codes) this.#count(method, code, count);
    }
    this.#duration = mergedHistogram(this.#duration, other.#duration, REQUEST_DURATION_EDGES);
  }

  /** Frozen, and the same object while it holds. */
  snapshot(): IRequestsSnapshot {
    const kept = this.#kept;
    const byCode = (this.#counts ??= this.#listed());
    const duration = this.#duration?.snapshot() ?? null;
    if (
      kept !== null &&
      kept.started === this.started &&
      kept.finished === this.finished &&
      kept.aborted === this.aborted &&
      kept.inFlight === this.inFlight &&
      kept.byCode === byCode &&
      kept.duration === duration
    ) {
      return kept;
    }
    return (this.#kept = Object.freeze({
      started: this.started,
      finished: this.finished,
      aborted: this.aborted,
      inFlight: this.inFlight,
      byCode,
      duration,
    }));
  }

  #listed(): readonly IRequestCount[] {
    const counts: IRequestCount[] = [];
    for (const [method, codes] of this.#byCode) {
      for (const [code, { count }] of codes) counts.push(Object.freeze({ method, code: codeLabel(code), count }));
    }
    return Object.freeze(counts);
  }

  #count(method: string, code: number, amount: number): void {
    this.#counts = null;
    let codes = this.#byCode.get(method);
    if (codes === undefined) this.#byCode.set(method, (codes = new Map<number, { count: number }>()));
    const cell = codes.get(code);
    if (cell === undefined) codes.set(code, { count: amount });
    else cell.count += amount;
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
