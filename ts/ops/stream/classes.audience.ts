import type { IStreamGap } from '../../interfaces/ops.js';
import type { TEventsQuery } from '../../schema/opsquery.js';
import type { EventRing } from './classes.eventring.js';
import { eventText } from './events.js';
import type { ISink } from './sink.js';

/** One buffer for all readers of a filter. */
export interface IBatch {
  readonly bytes: Uint8Array;
  readonly events: number;
  readonly leftOut: number;
}

/** The readers that asked for the same events. */
export class Audience {
  readonly key: string;
  readonly sinks = new Set<ISink>();
  readonly #events: ReadonlySet<string> | null;
  readonly #route: string | null;
  /** Number of the first event that was not looked at. */
  #next: number;

  constructor(query: TEventsQuery, next: number) {
    this.key = audienceKey(query);
    this.#events = query.event === undefined ? null : new Set(query.event);
    this.#route = query.route ?? null;
    this.#next = next;
  }

  /** Number of the last event that was looked at. */
  get seen(): number {
    return this.#next - 1;
  }

  /** Events that came since the last time, as many as fit into so many bytes; `null` where there are none. */
  collect(ring: EventRing, idOf: (number: number) => string, maxBytes: number): IBatch | null {
    let texts = '';
    let events = 0;
    // What the ring has lost already cannot be told to have passed the filter.
    let leftOut = Math.max(0, ring.first - this.#next);
    for (let number = Math.max(this.#next, ring.first); number < ring.next; number++) {
      if (!ring.passes(number, this.#events, this.#route)) continue;
      if (texts.length < maxBytes) {
        texts += ring.text(number);
        events++;
      } else {
        leftOut++;
      }
    }
    this.#next = ring.next;
    if (leftOut > 0) texts += gapText(idOf(ring.next - 1), { reason: 'flood', missed: leftOut });
    return texts === '' ? null : { bytes: Buffer.from(texts), events, leftOut };
  }

  /** What a reader that comes back is sent at once: all since the event of this number that is looked at already. */
  replay(ring: EventRing, after: number, idOf: (number: number) => string, maxBytes: number): IBatch | null {
    const passing: number[] = [];
    for (let number = Math.max(after + 1, ring.first); number < Math.min(this.#next, ring.next); number++) {
      if (ring.passes(number, this.#events, this.#route)) passing.push(number);
    }
    const lost = ring.first - after - 1;
    const missed = after < ring.since - 1 ? null : lost;
    let texts = lost <= 0 ? '' : gapText(idOf(ring.first - 1), { reason: 'expired', missed });
    let events = 0;
    for (const number of passing) {
      if (texts.length >= maxBytes) break;
      texts += ring.text(number);
      events++;
    }
    const leftOut = passing.length - events;
    if (leftOut > 0) texts += gapText(idOf(this.#next - 1), { reason: 'flood', missed: leftOut });
    return texts === '' ? null : { bytes: Buffer.from(texts), events, leftOut };
  }
}

/** The same for all queries that let the same events pass. */
export function audienceKey({ event, route }: TEventsQuery): string {
  return JSON.stringify([event === undefined ? null : [...new Set(event)].toSorted(), route ?? null]);
}

export function gapText(id: string, gap: IStreamGap): string {
  return eventText(id, 'gap', gap);
}
