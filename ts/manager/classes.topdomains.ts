import { TopList } from './classes.toplist.js';
import type { IManagerSettings } from './settings.js';

/** So many are booked together, once none of them waits for its answer; at most so many are gathered. */
const [ENOUGH, MOST] = [64, 256];
/** Others may have been asked for between a query and its answer: so many are looked at. */
const LOOKS = 4;

/**
 * The names that are asked for most, by queries and by the time that their answers took. Both lists are told the same names,
 * a query and soon its answer: gathered, a name is hashed once for both, and what many of them need of the memory is
 * waited for at once. Every look at a list books first.
 */
export class TopDomains {
  readonly #byQueries: TopList;
  #byTime: TopList | null = null;
  readonly #settings: IManagerSettings;
  readonly #names: string[] = Array<string>(MOST).fill('');
  readonly #hashes = new Int32Array(MOST);
  readonly #queries = new Uint8Array(MOST);
  readonly #times = new Float64Array(MOST);
  #gathered = 0;
  /** Behind the one that was answered last. */
  #answered = 0;

  constructor(settings: IManagerSettings) {
    this.#settings = settings;
    this.#byQueries = new TopList(settings.capacity, settings.shown);
  }

  get byQueries(): TopList {
    this.#book();
    return this.#byQueries;
  }

  /** `null` before the first time was told. */
  get byTime(): TopList | null {
    this.#book();
    return this.#byTime;
  }

  asked(domain: string): void {
    this.#gather(domain, 1, 0);
  }

  answered(domain: string, responseTimeMs: number): void {
    this.#byTime ??= new TopList(this.#settings.capacity, this.#settings.shown);
    const names = this.#names;
    const end = Math.min(this.#answered + LOOKS, this.#gathered);
    let at = this.#answered;
    while (at < end && names[at] !== domain) at++;
    if (at < end) this.#times[at] = responseTimeMs;
    else at = this.#gather(domain, 0, responseTimeMs);
    // Forward only: the list by time is told the names in the order of their answers.
    this.#answered = at + 1;
    if (this.#answered === this.#gathered && this.#gathered >= ENOUGH) this.#book();
  }

  /** Where it is. */
  #gather(domain: string, queries: number, timeMs: number): number {
    if (this.#gathered === MOST) this.#book();
    const at = this.#gathered++;
    this.#names[at] = domain;
    this.#queries[at] = queries;
    this.#times[at] = timeMs;
    return at;
  }

  #book(): void {
    const [names, hashes, queries, times] = [this.#names, this.#hashes, this.#queries, this.#times];
    const [byQueries, byTime] = [this.#byQueries, this.#byTime];
    const gathered = this.#gathered;
    // One thing after the other for all of them: what one waits for of the memory does not hold up the next.
    for (let at = 0; at < gathered; at++) hashes[at] = byQueries.hash(names[at] ?? '');
    for (let at = 0; at < gathered; at++) byQueries.add(names[at] ?? '', queries[at], hashes[at]);
    if (byTime !== null) {
      for (let at = 0; at < gathered; at++) byTime.add(names[at] ?? '', times[at], hashes[at]);
    }
    this.#gathered = 0;
    this.#answered = 0;
  }
}
