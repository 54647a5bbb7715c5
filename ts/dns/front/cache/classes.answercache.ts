import { integerOption, optionsObject, rejectUnknown } from '../../../shared/options.js';
import { LRUCache } from '../../plugins.js';
import { Invalidations } from './classes.invalidations.js';
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
  /** Memory of all entries, with `ENTRY_OVERHEAD` for each. Default: 64 MiB. */
  readonly maxBytes?: number | undefined;
}

interface IEntry {
  /** The reply, a character for each octet: half the memory of a small Buffer, and copied faster. */
  readonly octets: string;
  readonly ttlOffsets: readonly number[];
  readonly storedAt: number;
  readonly lifetimeMs: number;
  /** When the cache was last told that it is in use. */
  usedAt: number;
  /** Up to which no invalidation matches its name. */
  generation: number;
}

const KNOWN = ['maxTtl', 'negativeTtl', 'maxEntries', 'maxBytes'];
const DAY = 86_400;
/** Header and longest name: as much of a reply as its name may need. */
const QUESTION = 12 + 255;
const MAX_SECONDS = 0x7fff_ffff;
/** What was used within it is not moved for each use: that costs more than all the rest of a hit. */
const USE_MS = 1_000;

/** Bytes that an entry takes beside reply, key and offsets: its objects and places in tables, as measured on 64 bit. */
export const ENTRY_OVERHEAD = 256;

/**
 * Keeps whole replies and hands out copies whose TTLs have counted down. Bounded by entries and by bytes, least
 * recently used (to the second) first; what has expired or was invalidated stays counted until it is asked for or
 * displaced. Never throws at what comes
 * from the network. Times are monotonic milliseconds that the caller gives.
 */
export class AnswerCache {
  readonly #entries: LRUCache<string, IEntry>;
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
      dispose: (_entry, _key, reason) => {
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
    if (question.bypass) return null;
    const key = questionKey(question);
    const entry = this.#entries.peek(key);
    if (entry === undefined) return null;
    const ageMs = nowMs - entry.storedAt;
    if (!(ageMs < entry.lifetimeMs) || this.#isInvalid(entry)) {
      this.#entries.delete(key);
      return null;
    }
    if (nowMs - entry.usedAt >= USE_MS) {
      entry.usedAt = nowMs;
      this.#entries.get(key);
    }
    const reply = Buffer.allocUnsafe(entry.octets.length);
    reply.write(entry.octets, 'latin1');
    if (ageMs >= 1000) countDown(reply, entry.ttlOffsets, Math.floor(ageMs / 1000));
    return reply;
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
        octets: reply.toString('latin1'),
        // Without the spare room that a growing array has.
        ttlOffsets: read.ttlOffsets.slice(),
        storedAt: nowMs,
        lifetimeMs: lifetime * 1000,
        usedAt: nowMs,
        generation: this.generation,
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
  }

  /** Refuses answers under way for this name, as SmartDNS gives it to its handlers. What is kept stays. */
  refuse(name: string): void {
    // More than itself where a pattern would mean more: refused for nothing, it is asked once more.
    this.#invalidations.add(patternMatcher(name));
  }

  /** Drops everything, and refuses every answer under way. */
  clear(): void {
    this.#invalidations.addAll();
    this.#entries.clear();
  }

  #isInvalid(entry: IEntry): boolean {
    const { generation } = this;
    if (entry.generation === generation) return false;
    const name = (): string => questionName(Buffer.from(entry.octets.slice(0, QUESTION), 'latin1'));
    if (this.#invalidations.touch(entry.generation, name)) return true;
    entry.generation = generation;
    return false;
  }
}
