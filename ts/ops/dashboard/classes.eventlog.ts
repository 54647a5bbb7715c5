import type { IServerEvent } from './classes.sseparser.js';

export interface ILoggedEvent {
  /** Of this page, ascending. */
  readonly number: number;
  readonly name: string;
  /** Unix time in ms: the router's where the event tells one, else when it came here. */
  readonly at: number;
  /** `at` is when it came here. */
  readonly untimed: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** More are no help to read, and the page must not grow with the hours. */
export const KEPT = 500;

/** The last events of a stream, and a view of them that can be held still. */
export class EventLog {
  #events: readonly ILoggedEvent[] = [];
  #held: readonly ILoggedEvent[] | null = null;
  #number = 0;
  #heldAt = 0;

  /** Newest first. */
  get shown(): readonly ILoggedEvent[] {
    return this.#held ?? this.#events;
  }

  get paused(): boolean {
    return this.#held !== null;
  }

  /** How many came since it was paused. */
  get waiting(): number {
    return this.#held === null ? 0 : this.#number - this.#heldAt;
  }

  /** All that came, kept or not. */
  get received(): number {
    return this.#number;
  }

  /** What came at once, oldest first. */
  add(events: readonly IServerEvent[], now: number): void {
    const logged = events.map(({ event, data }) => this.#logged(event, data, now)).reverse();
    this.#events = [...logged, ...this.#events].slice(0, KEPT);
  }

  pause(): void {
    this.#held = this.#events;
    this.#heldAt = this.#number;
  }

  resume(): void {
    this.#held = null;
  }

  clear(): void {
    this.#events = [];
    if (this.#held !== null) this.pause();
  }

  #logged(name: string, data: string, now: number): ILoggedEvent {
    const fields = fieldsOf(data);
    const { timestamp } = fields;
    const timed = typeof timestamp === 'number';
    return { number: ++this.#number, name, at: timed ? timestamp : now, untimed: !timed, fields };
  }
}

function fieldsOf(data: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(data);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch {
    // Shown as it came.
  }
  return { data };
}
