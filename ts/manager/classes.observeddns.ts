import type { IDnsEvents } from '../interfaces/events.js';
import type { IDnsReadings, IDnsSource } from '../interfaces/source.js';
import { dnsAppliers } from './apply.js';
import type { TAppliers } from './apply.js';
import { IdSet } from './classes.idset.js';
import { Observed } from './classes.observed.js';
import type { State } from './classes.state.js';

/** The queries in flight of one DNS source, and what belongs to this source alone. */
export class ObservedDns extends Observed<IDnsEvents, IDnsReadings> {
  readonly #state: State;
  readonly #inFlight = new IdSet();
  responses = 0;
  /** Responses that told what the cache did. */
  results = 0;
  /** Of the latest `cache` event; `null` before the first. */
  cacheEntries: number | null = null;
  cacheBytes: number | null = null;

  constructor(source: IDnsSource, state: State) {
    super(source, state.settings.logger);
    this.#state = state;
  }

  get live(): number {
    return this.#inFlight.size;
  }

  receive(queryId: number): void {
    this.#inFlight.add(queryId);
  }

  /** Whether the query was ours; one from before the subscription is not. */
  end(queryId: number): boolean {
    if (this.#inFlight.delete(queryId)) return true;
    this.unseen--;
    return false;
  }

  protected appliers(): TAppliers<IDnsEvents> {
    return dnsAppliers(this.#state, this);
  }

  protected release(): void {
    for (let left = this.#inFlight.size; left > 0; left--) this.#state.dns.dropped.add('unknown');
    this.#inFlight.clear();
  }
}
