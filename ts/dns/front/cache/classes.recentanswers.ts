import type { IQuestion } from '../question.js';
import { takeSeconds } from './reply.js';

/** A power of two. */
const SLOTS = 32_768;
/** A query has one of so many, side by side. */
const WAYS = 2;
/** Octets of a slot: its head, the query without its id, the whole reply, how many TTLs it has and where. */
const ROOM = 256;
const QUERY = 32;
const ID_SIZE = 2;
/** So much of a query is hashed. */
const HASHED = 64;
/** What the processor fetches from memory at once, in octets. */
const LINE = 64;
/** glibc gives as much memory as this from so many octets behind the start of a line on. */
const BEHIND_LINE = 16;
const FIRST = LINE - BEHIND_LINE;
// In the head: two lengths in octets, whether it was asked for lately, whether somebody had an answer; an era, the query's
// hash, lifetime and age in 32 bits, a time in 64, type and code in 16.
const QUERY_LENGTH = 0;
const REPLY_LENGTH = 1;
const USED = 2;
const ANSWERED = 3;
const ERA = 4;
const STORED_AT = 8;
const LIFETIME = 16;
const AGE = 20;
const HASH = 24;
const TYPE = 28;
const CODE = 30;

/** What an answer was made of: goes with it. Times are monotonic, ms. */
export interface IOrigin {
  readonly storedAt: number;
  /** Whole seconds. */
  readonly lifetimeMs: number;
  /** Of all that count down, from the start of the reply. */
  readonly ttlOffsets: readonly number[];
}

/** What was found out of a query and its answer. */
export interface IFacts {
  readonly packet: Buffer;
  readonly question: IQuestion;
  readonly code: number;
  readonly answered: boolean;
}

export interface IRecent {
  readonly slot: number;
  /** Of the question. */
  readonly name: string;
  readonly type: number;
  readonly code: number;
  readonly answered: boolean;
}

/**
 * What was sent before, by the octets of the query but for its id: the same again is neither read nor looked up. In fixed
 * memory, few slots for each hash, and all that is compared, copied and told side by side: to get to one object for each of
 * them costs more than the work. Who is asked for keeps its slot when another wants it the first time.
 */
export class RecentAnswers<TOwner extends IOrigin> {
  readonly #octets = new Uint8Array(FIRST + SLOTS * ROOM);
  readonly #numbers = new Uint16Array(this.#octets.buffer);
  readonly #words = new Int32Array(this.#octets.buffer);
  readonly #times = new Float64Array(this.#octets.buffer);
  readonly #names = new Array<string>(SLOTS).fill('');
  readonly #owners = new Array<TOwner | null>(SLOTS).fill(null);
  /** What was kept in an era before this one is gone. */
  #era = 1;

  /** The slot of this query; -1: none. */
  find(packet: Buffer): number {
    const hash = hashOf(packet);
    const first = firstOf(hash);
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.#holds(startOf(slot), packet, hash)) return slot;
    }
    return -1;
  }

  read(slot: number): IRecent {
    const octets = this.#octets;
    const start = startOf(slot);
    return {
      slot,
      name: this.#names[slot] ?? '',
      type: this.#numbers[(start + TYPE) >> 1] ?? 0,
      code: this.#numbers[(start + CODE) >> 1] ?? 0,
      answered: octets[start + ANSWERED] === 1,
    };
  }

  owner(slot: number): TOwner | null {
    return this.#owners[slot] ?? null;
  }

  /** Whether its TTLs are those of now: they change by the second. */
  isCurrent(slot: number, nowMs: number): boolean {
    const start = startOf(slot);
    const age = this.#words[(start + AGE) >> 2] ?? 0;
    return nowMs < (this.#times[(start + STORED_AT) >> 3] ?? 0) + (age + 1) * 1000;
  }

  /** Makes its TTLs those of now; false: it has expired. */
  renew(slot: number, nowMs: number): boolean {
    const [octets, words] = [this.#octets, this.#words];
    const start = startOf(slot);
    const storedAt = this.#times[(start + STORED_AT) >> 3] ?? 0;
    if (!(nowMs - storedAt < (words[(start + LIFETIME) >> 2] ?? 0) * 1000)) return false;
    const age = secondsBetween(storedAt, nowMs);
    const seconds = age - (words[(start + AGE) >> 2] ?? 0);
    words[(start + AGE) >> 2] = age;
    const reply = this.#replyOf(start);
    const ttls = reply + (octets[start + REPLY_LENGTH] ?? 0);
    for (let left = octets[ttls] ?? 0; left > 0; left--)
      takeSeconds(octets, reply + (octets[ttls + left] ?? 0), seconds);
    return true;
  }

  /** A copy of the answer, with this query's id. */
  reply(slot: number, packet: Buffer): Buffer {
    const octets = this.#octets;
    const start = startOf(slot);
    const reply = Buffer.allocUnsafe(octets[start + REPLY_LENGTH] ?? 0);
    const { length } = reply;
    // Few octets: a view to copy from would take longer.
    for (let at = ID_SIZE, from = this.#replyOf(start) + ID_SIZE; at < length; at++, from++)
      reply[at] = octets[from] ?? 0;
    reply[0] = packet[0] ?? 0;
    reply[1] = packet[1] ?? 0;
    return reply;
  }

  /** `reply`: with the TTLs of `nowMs`. The slot that it has now, -1: none. */
  keep(owner: TOwner, { packet, question, code, answered }: IFacts, reply: Buffer, nowMs: number): number {
    const { storedAt, lifetimeMs, ttlOffsets } = owner;
    const size = QUERY + packet.length - ID_SIZE + reply.length + 1 + ttlOffsets.length;
    if (packet.length > HASHED || size > ROOM) return -1;
    const hash = hashOf(packet);
    const slot = this.#roomFor(packet, hash);
    if (slot < 0) return -1;
    const [octets, words, numbers] = [this.#octets, this.#words, this.#numbers];
    const start = startOf(slot);
    octets[start + QUERY_LENGTH] = packet.length;
    octets[start + REPLY_LENGTH] = reply.length;
    octets[start + ANSWERED] = answered ? 1 : 0;
    words[(start + ERA) >> 2] = this.#era;
    this.#times[(start + STORED_AT) >> 3] = storedAt;
    words[(start + LIFETIME) >> 2] = lifetimeMs / 1000;
    words[(start + AGE) >> 2] = secondsBetween(storedAt, nowMs);
    words[(start + HASH) >> 2] = hash;
    numbers[(start + TYPE) >> 1] = question.type;
    numbers[(start + CODE) >> 1] = code;
    for (let at = ID_SIZE, to = start + QUERY; at < packet.length; at++, to++) octets[to] = packet[at] ?? 0;
    const to = this.#replyOf(start);
    octets.set(reply, to);
    octets[to + reply.length] = ttlOffsets.length;
    octets.set(ttlOffsets, to + reply.length + 1);
    this.#names[slot] = question.name;
    this.#owners[slot] = owner;
    return slot;
  }

  /** Frees a slot that is this one's and was not asked for lately; false: it is used. */
  leave(slot: number, owner: TOwner): boolean {
    if (this.#owners[slot] !== owner) return true;
    if (!this.#yields(slot)) return false;
    this.drop(slot, owner);
    return true;
  }

  drop(slot: number, owner: TOwner): void {
    if (this.#owners[slot] !== owner) return;
    this.#words[(startOf(slot) + ERA) >> 2] = 0;
    this.#owners[slot] = null;
    this.#names[slot] = '';
  }

  clear(): void {
    this.#era = (this.#era % 0x7fff_ffff) + 1;
  }

  /** Right behind the query, so that both are mostly in two lines. */
  #replyOf(start: number): number {
    return start + QUERY - ID_SIZE + (this.#octets[start + QUERY_LENGTH] ?? 0);
  }

  #holds(start: number, packet: Buffer, hash: number): boolean {
    const octets = this.#octets;
    const { length } = packet;
    if (this.#words[(start + HASH) >> 2] !== hash || this.#words[(start + ERA) >> 2] !== this.#era) return false;
    if (octets[start + QUERY_LENGTH] !== length) return false;
    for (let at = ID_SIZE, own = start + QUERY; at < length; at++, own++) {
      if (packet[at] !== octets[own]) return false;
    }
    octets[start + USED] = 1;
    return true;
  }

  /** Its own slot, or one that yields; -1: none. */
  #roomFor(packet: Buffer, hash: number): number {
    const first = firstOf(hash);
    let room = -1;
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.#holds(startOf(slot), packet, hash)) return slot;
      if (this.#yields(slot)) room = slot;
    }
    return room;
  }

  #yields(slot: number): boolean {
    const start = startOf(slot);
    if (this.#words[(start + ERA) >> 2] !== this.#era || this.#octets[start + USED] === 0) return true;
    this.#octets[start + USED] = 0;
    return false;
  }
}

/** Whole ones. */
export const secondsBetween = (startMs: number, endMs: number): number =>
  Math.max(0, Math.floor((endMs - startMs) / 1000));

/** Where its octets begin. */
const startOf = (slot: number): number => FIRST + slot * ROOM;

/** Below 0, and seldom the same for two queries. */
export const formOf = (packet: Buffer): number => hashOf(packet) | -0x8000_0000;

/** The first slot that may be its own. */
const firstOf = (hash: number): number => (hash & (SLOTS / WAYS - 1)) * WAYS;

/** In two lanes that do not wait for each other. Whoever makes two queries meet here gains nothing: one has no slot. */
function hashOf(packet: Buffer): number {
  // What is longer has no slot.
  const length = Math.min(packet.length, HASHED);
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
