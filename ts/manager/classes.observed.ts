import type { ILogger } from '../interfaces/options.js';
import type { IEventSource } from '../interfaces/source.js';
import type { TAppliers } from './apply.js';
import { warn } from '../shared/warn.js';

/** A source as it was told to the manager. */
interface IReadable<TEvents, TReadings> extends IEventSource<TEvents> {
  readings(): TReadings;
}

/** One observed source: its subscription, its own book (`activeCount`) and what it can be asked for. */
export abstract class Observed<TEvents extends object, TReadings extends { readonly listenerErrors: number }> {
  readonly source: IReadable<TEvents, TReadings>;
  /** What the source held open when it was subscribed to and has not ended yet: we never heard of its beginning. */
  unseen = 0;
  readonly #logger: ILogger | undefined;
  #readings: TReadings | null = null;
  #readingFailed = false;
  #unsubscribe: (() => void) | null = null;

  constructor(source: IReadable<TEvents, TReadings>, logger: ILogger | undefined) {
    this.source = source;
    this.#logger = logger;
  }

  /** How many we hold open of this source. */
  abstract get live(): number;
  protected abstract appliers(): TAppliers<TEvents>;
  /** Ends what is open in our books: nobody would tell us any more. */
  protected abstract release(): void;

  subscribe(): void {
    if (this.#unsubscribe !== null) return;
    this.unseen = this.source.activeCount();
    this.#unsubscribe = subscribe(this.source, this.appliers());
  }

  unsubscribe(): void {
    if (this.#unsubscribe === null) return;
    this.#unsubscribe();
    this.#unsubscribe = null;
    this.unseen = 0;
    this.release();
  }

  /** The latest readings; the ones before where the source fails, `null` where it never told any. */
  read(): TReadings | null {
    try {
      this.#readings = this.source.readings();
    } catch (error) {
      if (!this.#readingFailed) warn(this.#logger, `readings of a source failed (told once): ${String(error)}`);
      this.#readingFailed = true;
    }
    return this.#readings;
  }

  /** Both sides, where the source's own book and ours do not agree. */
  disagreement(): string | null {
    if (this.#unsubscribe === null) return null;
    const active = this.source.activeCount();
    // Below 0 more ended than were ever open: ends of connections that we know by another id.
    if (active - this.unseen === this.live && this.unseen >= 0) return null;
    return `the source holds ${active} open, ${this.unseen} of them from before; live records ${this.live}`;
  }
}

function subscribe<TEvents extends object>(source: IEventSource<TEvents>, appliers: TAppliers<TEvents>): () => void {
  const names = Object.keys(appliers) as (keyof TEvents)[];
  for (const name of names) source.on(name, appliers[name], { first: true });
  return () => {
    for (const name of names) source.off(name, appliers[name]);
  };
}
