import { nextQueryId } from '../queryid.js';
import type { IAsker } from './asker.js';

/** When something came, by both clocks, ms: one look at them for all that comes at once. */
export interface IArrival {
  /** Monotonic. */
  readonly at: number;
  readonly wall: number;
}

/** One query from its arrival to its end. */
export class PendingQuery {
  readonly queryId = nextQueryId();
  readonly asker: IAsker;
  readonly arrival: IArrival;
  /** Octets. */
  readonly size: number;
  /** As events tell them. */
  readonly type: string;
  readonly domain: string;

  constructor(asker: IAsker, arrival: IArrival, size: number, type: string, domain: string) {
    this.asker = asker;
    this.arrival = arrival;
    this.size = size;
    this.type = type;
    this.domain = domain;
  }
}
