import { integerOption, optionsObject, rejectUnknown } from '../../../shared/options.js';
import { LRUCache } from '../../plugins.js';
import { Invalidations } from './classes.invalidations.js';
import {
  formOf,
  type IFacts,
  type IOrigin,
  type IRecent,
  RecentAnswers,
  secondsBetween,
} from './classes.recentanswers.js';
import { patternMatcher } from './pattern.js';
import type { ICacheQuestion } from './question.js';
import { questionKey } from './question.js';
import { countDown, questionName, readReply } from './reply.js';

export interface IAnswerCacheOptions {
  /** Seconds that an answer is kept at most, 1 to 2^31 - 1. Default: 86,400. TTLs that are sent are not cut to it. */
  readonly maxTtl?: number | undefined;
  /** Seconds that a negative answer is kept at most; 0 keeps none. Default: 30. */
  readonly negativeTtl?: number | undefined;
  /** Default: 100,000. */
  readonly maxEntries?: number | undefined;
  /**
   * Memory of all entries, with `ENTRY_OVERHEAD` for each. Default: 64 MiB. What is asked for most is held once more, ready
   * to be sent, in some 16 MiB at most.
   */
  readonly maxBytes?: number | undefined;
}

/** An answer that is kept, for as long as it is. */
export interface IKept extends IOrigin {
  readonly key: string;
  /** The reply, a character for each octet: half the memory of a small Buffer, and copied faster. */
  readonly octets: string;
  /** When the cache was last told that it is in use. */
  usedAt: number;
  /** Up to which no invalidation matches its name. */
  generation: number;
  /** Taken last for what is sent again as it is; below 0: none, and this `formOf` the query that was answered last. */
  slot: number;
}

const KNOWN = ['maxTtl', 'negativeTtl', 'maxEntries', 'maxBytes'];
const DAY = 86_400;
/** Header and longest name: as much of a reply as its name may need. */
const QUESTION = 12 + 255;
const MAX_SECONDS = 0x7fff_ffff;
/** What was used within it is not moved for each use: that costs more than all the rest of a hit. */
const USE_MS = 1_000;
/** Uses are noted once it is so full. */
const CROWDED = 0.75;

/** Bytes that an entry takes beside reply, key and offsets: its objects and places in tables, as measured on 64 bit. */
export const ENTRY_OVERHEAD = 256;

/**
 * Keeps whole replies and hands out copies whose TTLs have counted down. Bounded by entries and by bytes, least recently
 * used first (within two seconds, and of uses since it was three quarters full); what has expired or was invalidated stays
 * counted until it is asked for or displaced. Never throws at what comes from the network. Times are monotonic
 * milliseconds that the caller gives.
 */
export class AnswerCache {
  readonly #entries: LRUCache<string, IKept>;
  readonly #recent = new RecentAnswers<IKept>();
  readonly #invalidations = new Invalidations();
  readonly #maxTtl: number;
  readonly #negativeTtl: number;
  #evictions = 0;

  constructor(options: IAnswerCacheOptions = {}) {
    optionsObject('AnswerCache', options);
    rejectUnknown('AnswerCache', options, KNOWN);
    this.#maxTtl = integerOption('maxTtl', options.maxTtl, DAY, 1, MAX_SECONDS);
    this.#negativeTtl = integerOption('negativeTtl', options.negativeTtl, 30, 0, MAX_SECONDS);
    this.#entries = new LRUCache({
      max: integerOption('maxEntries', options.maxEntries, 100_000, 1, 10_000_000),
      maxSize: integerOption('maxBytes', options.maxBytes, 64 * 1024 * 1024, 1, Number.MAX_SAFE_INTEGER),
      dispose: (entry, _key, reason) => {
        if (entry.slot >= 0) this.#recent.drop(entry.slot, entry);
        if (reason === 'evict') this.#evictions++;
      },
    });
  }

  get entries(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  /** Entries displaced by others since construction; those that expired or were invalidated are none. */
  get evictions(): number {
    return this.#evictions;
  }

  /** To be read when a query leaves for upstream, and given to `store` with its answer. */
  get generation(): number {
    return this.#invalidations.generation;
  }

  /**
   * A reply of the caller's own to write into, or null. Id and letters of the question are those of the query whose
   * reply was stored; the TTLs, OPT apart, are less by the whole seconds since, and at least 1.
   */
  lookup(question: ICacheQuestion, nowMs: number): Buffer | null {
    const kept = this.find(question);
    return kept === null ? null : this.copy(kept, nowMs);
  }

  /** What may be the answer: `copy` tells whether it still is. */
  find(question: ICacheQuestion): IKept | null {
    return question.bypass ? null : (this.#entries.peek(questionKey(question)) ?? null);
  }

  /** As `lookup`, of what `find` found now or before. */
  copy(kept: IKept, nowMs: number): Buffer | null {
    if (!this.#holds(kept, nowMs)) return null;
    const { octets } = kept;
    const reply = Buffer.allocUnsafe(octets.length);
    reply.write(octets, 'latin1');
    const seconds = secondsBetween(kept.storedAt, nowMs);
    if (seconds > 0) countDown(reply, kept.ttlOffsets, seconds);
    return reply;
  }

  /** What was found out when this very query, but for its id, was answered before; `null` where that does not hold. */
  recall(packet: Buffer, nowMs: number): IRecent | null {
    const recent = this.#recent;
    const slot = recent.find(packet);
    if (slot < 0 || !(recent.isCurrent(slot, nowMs) || this.#renew(slot, nowMs))) return null;
    return recent.read(slot);
  }

  /** A reply to a query just recalled, as the one before but for id and TTLs; the caller's own. */
  repeat({ slot }: IRecent, packet: Buffer): Buffer {
    return this.#recent.reply(slot, packet);
  }

  /**
   * `reply`: what was made of `copy` for this query. The second time running the same query can be recalled from then
   * on: clients that change letters or cookies each time would else have it kept for nothing, which costs most of a hit.
   */
  remember(kept: IKept, facts: IFacts, reply: Buffer, nowMs: number): void {
    // Who was told of the query after its `copy` may have declared it untrue.
    if (kept.generation !== this.generation) return;
    // One at a time, so that it goes when what is kept goes.
    if (kept.slot >= 0 && !this.#recent.leave(kept.slot, kept)) return;
    const form = formOf(facts.packet);
    const slot = kept.slot === form ? this.#recent.keep(kept, facts, reply, nowMs) : -1;
    kept.slot = slot >= 0 ? slot : form;
  }

  /**
   * Keeps a copy of the whole reply, as upstream sent it, if `readReply` allows it, it holds for a second and no invalidation since
   * `generation` matches its name. The caller has made sure that it is the reply to this question.
   */
  store(question: ICacheQuestion, reply: Buffer, generation: number, nowMs: number): void {
    if (question.bypass) return;
    const read = readReply(reply, question.type, question.class);
    if (read === null || this.#invalidations.touch(generation, () => questionName(reply))) return;
    const lifetime = Math.min(read.lifetime, this.#maxTtl, read.negative ? this.#negativeTtl : MAX_SECONDS);
    if (lifetime === 0) return;
    const key = questionKey(question);
    const size = ENTRY_OVERHEAD + key.length + reply.length + 8 * read.ttlOffsets.length;
    this.#entries.set(
      key,
      {
        key,
        octets: reply.toString('latin1'),
        // Without the spare room that a growing array has.
        ttlOffsets: read.ttlOffsets.slice(),
        storedAt: nowMs,
        lifetimeMs: lifetime * 1000,
        usedAt: nowMs,
        generation: this.generation,
        slot: -1,
      },
      { size },
    );
  }

  /**
   * What a handler's pattern may match (see `patternMatcher`) is not handed out any more, and such answers under way are
   * refused. It goes when it is asked for or displaced: to walk through all entries would hold up every query.
   */
  invalidate(pattern: string): void {
    this.#invalidations.add(patternMatcher(pattern));
    this.#recent.clear();
  }

  /** Refuses answers under way for this name, as SmartDNS gives it to its handlers; what is kept of it goes as well. */
  refuse(name: string): void {
    // More than itself where a pattern would mean more: refused for nothing, it is asked once more.
    this.#invalidations.add(patternMatcher(name));
    this.#recent.clear();
  }

  /** Drops everything, and refuses every answer under way. */
  clear(): void {
    this.#invalidations.addAll();
    this.#recent.clear();
    this.#entries.clear();
  }

  /** Its TTLs are those of now; false: it does not hold any more. */
  #renew(slot: number, nowMs: number): boolean {
    // Whatever was invalidated has no slot any more.
    if (this.#recent.renew(slot, nowMs) && !this.#crowded) return true;
    const kept = this.#recent.owner(slot);
    return kept !== null && this.#holds(kept, nowMs);
  }

  /** Something may have to go before long. Until then nobody asks who was used last, which is read from many places. */
  get #crowded(): boolean {
    const { size, max, calculatedSize, maxSize } = this.#entries;
    return size > CROWDED * max || calculatedSize > CROWDED * maxSize;
  }

  /** False: it has expired or was invalidated, and is gone. */
  #holds(kept: IKept, nowMs: number): boolean {
    if (!(nowMs - kept.storedAt < kept.lifetimeMs) || this.#isInvalid(kept)) {
      this.#entries.delete(kept.key);
      return false;
    }
    if (nowMs - kept.usedAt >= USE_MS) {
      kept.usedAt = nowMs;
      if (this.#crowded) this.#entries.get(kept.key);
    }
    return true;
  }

  #isInvalid(entry: IKept): boolean {
    const { generation } = this;
    if (entry.generation === generation) return false;
    const name = (): string => questionName(Buffer.from(entry.octets.slice(0, QUESTION), 'latin1'));
    if (this.#invalidations.touch(entry.generation, name)) return true;
    entry.generation = generation;
    return false;
  }
}
