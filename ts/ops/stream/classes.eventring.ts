import type { TRouterEventName } from '../../interfaces/events.js';
import type { IStreamedEvent } from './events.js';

/** How many events can be sent again. */
const CAPACITY = 8192;

/**
 * The last events, by number. Nothing is made of an event before somebody wants it, and then once: its text is kept
 * with it.
 */
export class EventRing {
  readonly #names: (TRouterEventName | undefined)[] = Array.from({ length: CAPACITY });
  readonly #events: (IStreamedEvent | undefined)[] = Array.from({ length: CAPACITY });
  readonly #texts: (string | undefined)[] = Array.from({ length: CAPACITY });
  readonly #write: (number: number, name: TRouterEventName, event: IStreamedEvent) => string;
  #next = 1;
  #first = 1;
  #since = 1;

  /** `write` makes the text of an event. */
  constructor(write: (number: number, name: TRouterEventName, event: IStreamedEvent) => string) {
    this.#write = write;
  }

  /** Number of the oldest one that is still here. */
  get first(): number {
    return this.#first;
  }

  /** Number of the first one since which none was passed over. */
  get since(): number {
    return this.#since;
  }

  /** Number of the one to come. */
  get next(): number {
    return this.#next;
  }

  add(name: TRouterEventName, event: IStreamedEvent): void {
    const slot = this.#next % CAPACITY;
    this.#names[slot] = name;
    this.#events[slot] = event;
    this.#texts[slot] = undefined;
    this.#next++;
    if (this.#next - this.#first > CAPACITY) this.#first++;
  }

  /** Whether the filter lets pass the event of this number, which is here. */
  passes(number: number, events: ReadonlySet<string> | null, route: string | null): boolean {
    const slot = number % CAPACITY;
    const name = this.#names[slot];
    return (
      name !== undefined &&
      (events === null || events.has(name)) &&
      (route === null || this.#events[slot]?.routeName === route)
    );
  }

  text(number: number): string {
    const slot = number % CAPACITY;
    const name = this.#names[slot];
    const event = this.#events[slot];
    if (name === undefined || event === undefined) return '';
    return (this.#texts[slot] ??= this.#write(number, name, event));
  }

  /** Forgets the events. Numbers go on, one left out: it stands for what is not heard before the next one. */
  clear(): void {
    this.#names.fill(undefined);
    this.#events.fill(undefined);
    this.#texts.fill(undefined);
    this.#next++;
    this.#first = this.#since = this.#next;
  }
}
