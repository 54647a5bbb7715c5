import type { IEdns } from '../edns.js';
import type { IQuery } from '../query.js';
import type { IQuestion } from '../question.js';

/** A power of two. */
const SLOTS = 16_384;
/** Octets of a slot: its head, the query without its id, the whole reply. */
const ROOM = 256;
const QUERY = 16;
const REPLY = 64;
const ID_SIZE = 2;
// In the head: two lengths in octets, whether it was asked for lately, an era in 32 bits, a time in 64.
const QUERY_LENGTH = 0;
const REPLY_LENGTH = 1;
const USED = 2;
const ERA = 4;
const UNTIL = 8;

/** What was found out of a query and its answer. */
export interface IFacts {
  readonly query: IQuery;
  readonly question: IQuestion;
  readonly code: number;
  readonly answered: boolean;
}

export interface IRecent<TOwner> {
  readonly slot: number;
  /** What the answer was made of: goes with it. */
  readonly owner: TOwner;
  /** Of the query. */
  readonly flags: number;
  readonly edns: IEdns | null;
  readonly question: IQuestion;
  readonly code: number;
  readonly answered: boolean;
}

/**
 * What was sent before, by the octets of the query but for its id: the same again is neither read nor looked up. In fixed
 * memory, a slot for each hash, and all that is compared and copied side by side: to get to one object for each of them
 * costs more than the work. Who is asked for keeps its slot when another wants it the first time.
 */
export class RecentAnswers<TOwner extends object> {
  readonly #octets = new Uint8Array(SLOTS * ROOM);
  readonly #eras = new Int32Array(this.#octets.buffer);
  readonly #untils = new Float64Array(this.#octets.buffer);
  readonly #recent: (IRecent<TOwner> | null)[] = new Array<IRecent<TOwner> | null>(SLOTS).fill(null);
  /** What was kept in an era before this one is gone. */
  #era = 1;

  /** `null`: this query has no slot. */
  find(packet: Buffer): IRecent<TOwner> | null {
    const octets = this.#octets;
    const { length } = packet;
    const slot = slotOf(packet);
    const start = slot * ROOM;
    if (this.#eras[(start + ERA) >> 2] !== this.#era || octets[start + QUERY_LENGTH] !== length) return null;
    for (let at = ID_SIZE, own = start + QUERY; at < length; at++, own++) {
      if (packet[at] !== octets[own]) return null;
    }
    octets[start + USED] = 1;
    return this.#recent[slot] ?? null;
  }

  /** When its TTLs must be less: monotonic, ms. */
  until({ slot }: IRecent<TOwner>): number {
    return this.#untils[(slot * ROOM + UNTIL) >> 3] ?? 0;
  }

  /** The answer itself, to be changed; it holds until then. */
  renew({ slot }: IRecent<TOwner>, untilMs: number): Uint8Array {
    const start = slot * ROOM;
    this.#untils[(start + UNTIL) >> 3] = untilMs;
    return this.#octets.subarray(start + REPLY, start + REPLY + (this.#octets[start + REPLY_LENGTH] ?? 0));
  }

  /** A copy of the answer, with this query's id. */
  reply({ slot }: IRecent<TOwner>, packet: Buffer): Buffer {
    const octets = this.#octets;
    const start = slot * ROOM;
    const reply = Buffer.allocUnsafe(octets[start + REPLY_LENGTH] ?? 0);
    const { length } = reply;
    // Few octets: a view to copy from would take longer.
    for (let at = ID_SIZE, from = start + REPLY + ID_SIZE; at < length; at++, from++) reply[at] = octets[from] ?? 0;
    reply[0] = packet[0] ?? 0;
    reply[1] = packet[1] ?? 0;
    return reply;
  }

  /** The slot that it has now, -1: none. */
  keep(owner: TOwner, { query, question, code, answered }: IFacts, reply: Buffer, untilMs: number): number {
    const { packet, flags, edns } = query;
    if (packet.length - ID_SIZE > REPLY - QUERY || reply.length > ROOM - REPLY) return -1;
    const slot = slotOf(packet);
    if (!this.#yields(slot)) return -1;
    const octets = this.#octets;
    const start = slot * ROOM;
    octets[start + QUERY_LENGTH] = packet.length;
    octets[start + REPLY_LENGTH] = reply.length;
    this.#eras[(start + ERA) >> 2] = this.#era;
    this.#untils[(start + UNTIL) >> 3] = untilMs;
    for (let at = ID_SIZE, to = start + QUERY; at < packet.length; at++, to++) octets[to] = packet[at] ?? 0;
    octets.set(reply, start + REPLY);
    this.#recent[slot] = { slot, owner, flags, edns, question, code, answered };
    return slot;
  }

  /** Frees a slot that is this one's and was not asked for lately; false: it is used. */
  leave(slot: number, owner: TOwner): boolean {
    if (this.#recent[slot]?.owner !== owner) return true;
    if (!this.#yields(slot)) return false;
    this.drop(slot, owner);
    return true;
  }

  drop(slot: number, owner: TOwner): void {
    if (this.#recent[slot]?.owner !== owner) return;
    this.#eras[(slot * ROOM + ERA) >> 2] = 0;
    this.#recent[slot] = null;
  }

  clear(): void {
    this.#era = (this.#era % 0x7fff_ffff) + 1;
  }

  #yields(slot: number): boolean {
    const start = slot * ROOM;
    if (this.#eras[(start + ERA) >> 2] !== this.#era || this.#octets[start + USED] === 0) return true;
    this.#octets[start + USED] = 0;
    return false;
  }
}

/** Below 0, and seldom the same for two queries. */
export const formOf = (packet: Buffer): number => hashOf(packet) | -0x8000_0000;

const slotOf = (packet: Buffer): number => hashOf(packet) & (SLOTS - 1);

/** In two lanes that do not wait for each other. Whoever makes two queries meet here gains nothing: one has no slot. */
function hashOf(packet: Buffer): number {
  // What is longer has no slot.
  const length = Math.min(packet.length, REPLY);
  let even = length;
  let odd = 0;
  let at = ID_SIZE;
  for (; at + 1 < length; at += 2) {
    even = Math.imul(even ^ (packet[at] ?? 0), 0x9e3779b1);
    odd = Math.imul(odd ^ (packet[at + 1] ?? 0), 0x9e3779b1);
  }
  if (at < length) even = Math.imul(even ^ (packet[at] ?? 0), 0x9e3779b1);
  const hash = Math.imul(even ^ ((odd << 15) | (odd >>> 17)), 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
