import type { IDnsEvents, TCacheResult, TDnsTransport, TDropReason } from '../../interfaces/events.js';
import type { IClock } from '../../interfaces/options.js';
import type { FencedEmitter } from '../../shared/fencedemitter.js';
import type { IArrival, PendingQuery } from './classes.pendingquery.js';
import { codeName } from './message.js';

/** What became of a query. */
export interface IOutcome {
  readonly code: number;
  readonly answered: boolean;
  readonly result: TCacheResult | null;
  /** Octets sent. */
  readonly size: number;
  /** From its arrival until its answer was handed over, ms. */
  readonly responseTime: number;
}

/** Tells what happens as events. Whoever calls has changed his own books before: a listener may read them. */
export class Ledger {
  readonly #emitter: FencedEmitter<IDnsEvents>;
  readonly #clock: IClock;

  constructor(emitter: FencedEmitter<IDnsEvents>, clock: IClock) {
    this.#emitter = emitter;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  arrival(): IArrival {
    return { at: this.#clock.now(), wall: this.#clock.wall() };
  }

  received(pending: PendingQuery): void {
    const { queryId, type, domain, asker, size, arrival } = pending;
    this.#emitter.emit('query-received', {
      queryId,
      type,
      domain,
      source: asker.source,
      clientIp: asker.clientIp,
      size,
      timestamp: arrival.wall,
    });
  }

  answered(pending: PendingQuery, { code, answered, result, size, responseTime }: IOutcome): void {
    const { queryId, type, domain, asker } = pending;
    this.#emitter.emit('query-answered', {
      queryId,
      source: asker.source,
      clientIp: asker.clientIp,
      type,
      domain,
      result,
      cached: result === 'hit',
      responseTime,
      responseCode: codeName(code),
      answered,
      size,
    });
  }

  dropped({ queryId, type, asker }: PendingQuery, reason: TDropReason): void {
    this.#emitter.emit('query-dropped', { queryId, source: asker.source, type, reason });
  }

  rejected(source: TDnsTransport, reason: string): void {
    this.#emitter.emit('packet-rejected', { source, reason });
  }
}
