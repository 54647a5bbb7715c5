import type { TCacheResult, TDropReason } from '../../interfaces/events.js';
import type { IAsker } from './asker.js';
import { Asked } from './classes.asked.js';
import type { AnswerCache, IKept } from './cache/classes.answercache.js';
import { Coalescer } from './cache/classes.coalescer.js';
import { flightKey, type ICacheQuestion } from './cache/question.js';
import type { Ledger } from './classes.ledger.js';
import { PendingQuery } from './classes.pendingquery.js';
import type { Upstream } from './classes.upstream.js';
import { CODE, FLAG, typeName } from './message.js';
import { type IQuery, readQuery, upstreamQuery } from './query.js';
import type { IQuestion } from './question.js';
import { addressed, codeOf, datagramLimit, isAnswered, refusal } from './reply.js';

const MAX_MESSAGE = 65_535;

export interface IResolverSettings {
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  readonly cache: AnswerCache | null;
  /** Identical questions in flight share one answer. */
  readonly coalesce: boolean;
}

/** The path of every message, however it came: read, refused, found in the cache or relayed, answered, counted. */
export class Resolver {
  /** `draining`: what comes is dropped, what is in flight is answered; `closed`: that is dropped as well. */
  state: 'open' | 'draining' | 'closed' = 'open';
  readonly #ledger: Ledger;
  readonly #upstream: Upstream;
  readonly #settings: IResolverSettings;
  readonly #coalescer = new Coalescer<Asked>();
  /** Waiting for the answer to another's question. */
  #waiting = 0;
  /** At hand in this very turn, or handed to the system: neither in flight nor waiting. */
  #atHand = 0;

  constructor(ledger: Ledger, upstream: Upstream, settings: IResolverSettings) {
    this.#ledger = ledger;
    this.#upstream = upstream;
    this.#settings = settings;
  }

  /** Queries told as received and not yet as ended. */
  get active(): number {
    return this.#upstream.size + this.#waiting + this.#atHand;
  }

  /** Never throws, and ends every query once: by an answer, or by giving up. */
  resolve(packet: Buffer, asker: IAsker, arrival = this.#ledger.arrival()): void {
    const { cache } = this.#settings;
    const recent = cache?.recall(packet, arrival.at) ?? null;
    if (cache !== null && recent !== null) {
      const { type, name, code, answered } = recent;
      const pending = new PendingQuery(asker, arrival, packet.length, typeName(type), name);
      // Before anybody is told: who is told may drop it.
      const reply = cache.repeat(recent, packet);
      this.#receive(pending);
      this.#send(pending, reply, code, answered, 'hit');
      return;
    }
    const query = readQuery(packet);
    if (typeof query === 'string') {
      this.#ledger.rejected(asker.source, query);
      asker.giveUp(query);
      return;
    }
    const { question, refusal: code } = query;
    // A message without a readable question is one of type `NONE`, as in handler mode.
    const type = question === null ? 'NONE' : typeName(question.type);
    const pending = new PendingQuery(asker, arrival, packet.length, type, question?.name ?? '.');
    if (code !== CODE.noerror || question === null) {
      this.#receive(pending);
      this.#send(pending, refusal(query, code), code, false, cache === null ? null : 'bypass');
    } else this.#answer(pending, query, question);
  }

  #answer(pending: PendingQuery, query: IQuery, question: IQuestion): void {
    const { cache, maxInFlight } = this.#settings;
    const cached = cache === null ? null : cacheQuestionOf(query, question);
    const kept = cached === null ? null : (cache?.find(cached) ?? null);
    const hit = kept === null ? null : (cache?.copy(kept, pending.arrival.at) ?? null);
    if (kept !== null && hit !== null) {
      this.#receive(pending);
      this.#sendReply(pending, query, question, hit, 'hit', kept);
    } else if (this.state !== 'open') this.#turnAway(pending, 'shutdown');
    else if (this.active >= maxInFlight) this.#turnAway(pending, 'overload');
    else this.#relay(new Asked(pending, query, question, cached, this.#landed));
  }

  #relay(asked: Asked): void {
    const { cache, coalesce, timeoutMs } = this.#settings;
    const { pending, query, question, cached } = asked;
    asked.generation = cache?.generation ?? 0;
    if (coalesce && cached !== null) {
      const key = flightKey(cached, asked.generation);
      if (!this.#coalescer.join(key, asked)) {
        this.#waiting++;
        this.#ledger.received(pending);
        return;
      }
      asked.flightKey = key;
    }
    asked.message = upstreamQuery(query, question);
    asked.deadline = pending.arrival.at + timeoutMs;
    this.#upstream.ask(asked);
    this.#ledger.received(pending);
  }

  readonly #landed = (asked: Asked, reply: Buffer | null): void => {
    const { cache } = this.#settings;
    const { cached, flightKey: key } = asked;
    if (reply !== null && cached !== null) cache?.store(cached, reply, asked.generation, this.#ledger.now());
    if (key !== null) this.#share(asked, this.#coalescer.settle(key), reply);
    this.#end(asked, reply, cache === null ? null : cached === null ? 'bypass' : 'miss');
  };

  #share(first: Asked, waiters: readonly Asked[], reply: Buffer | null): void {
    // In no flight any more, and not ended before its waiters are.
    this.#atHand++;
    for (const waiter of waiters) {
      if (waiter === first) continue;
      this.#waiting--;
      // Each gets a copy to write its own id and letters into.
      this.#end(waiter, reply === null ? null : Buffer.from(reply), 'coalesced');
    }
    this.#atHand--;
  }

  #end({ pending, query, question }: Asked, reply: Buffer | null, result: TCacheResult | null): void {
    if (reply !== null) this.#sendReply(pending, query, question, reply, result);
    else if (this.state === 'closed') this.#drop(pending, 'shutdown');
    else this.#send(pending, refusal(query, CODE.servfail), CODE.servfail, false, result);
  }

  #sendReply(
    pending: PendingQuery,
    query: IQuery,
    question: IQuestion,
    reply: Buffer,
    result: TCacheResult | null,
    kept: IKept | null = null,
  ): void {
    const { asker, arrival } = pending;
    const [code, answered] = [codeOf(reply, question.end), isAnswered(reply, question)];
    const sent = addressed(reply, query, question, asker.datagrams ? datagramLimit(query) : MAX_MESSAGE);
    // What was cut would be cut for those, too, who take all of it.
    if (kept !== null && sent.length >= reply.length) {
      this.#settings.cache?.remember(kept, { packet: query.packet, question, code, answered }, sent, arrival.at);
    }
    this.#send(pending, sent, code, answered, result);
  }

  /** The query is in no other book any more. */
  #send(pending: PendingQuery, reply: Buffer, code: number, answered: boolean, result: TCacheResult | null): void {
    const responseTime = this.#ledger.now() - pending.arrival.at;
    const { length: size } = reply;
    this.#atHand++;
    pending.asker.answer(reply, (failure) => {
      this.#atHand--;
      if (failure === null) this.#ledger.answered(pending, { code, answered, result, size, responseTime });
      else this.#ledger.dropped(pending, 'client-gone');
    });
  }

  #turnAway(pending: PendingQuery, reason: TDropReason): void {
    this.#receive(pending);
    this.#drop(pending, reason);
  }

  /** Tells of a query that ends in this turn. */
  #receive(pending: PendingQuery): void {
    this.#atHand++;
    this.#ledger.received(pending);
    this.#atHand--;
  }

  #drop(pending: PendingQuery, reason: TDropReason): void {
    this.#ledger.dropped(pending, reason);
    pending.asker.giveUp(reason);
  }
}

/** `null`: this query goes by the cache. */
function cacheQuestionOf({ flags, edns }: IQuery, question: IQuestion): ICacheQuestion | null {
  if (edns?.subnet === true) return null;
  return {
    name: question.name,
    type: question.type,
    class: question.class,
    rd: (flags & FLAG.recursion) !== 0,
    cd: (flags & FLAG.unchecked) !== 0,
    do: edns?.dnssec === true,
    edns: edns !== null,
    bypass: false,
  };
}
