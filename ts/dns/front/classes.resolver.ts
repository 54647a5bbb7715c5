import type { IAsker } from './asker.js';
import type { Ledger } from './classes.ledger.js';
import { PendingQuery } from './classes.pendingquery.js';
import type { Upstream } from './classes.upstream.js';
import type { IFlight } from './classes.upstreamsocket.js';
import { CODE } from './message.js';
import { type IQuery, readQuery, upstreamQuery } from './query.js';
import type { IQuestion } from './question.js';
import { addressed, codeOf, datagramLimit, isAnswered, refusal } from './reply.js';

const MAX_MESSAGE = 65_535;

/** The path of every message, however it came: read, refused or relayed, answered, counted. */
export class Resolver {
  /** `draining`: what comes is dropped, what is in flight is answered; `closed`: that is dropped as well. */
  state: 'open' | 'draining' | 'closed' = 'open';
  readonly #ledger: Ledger;
  readonly #upstream: Upstream;
  readonly #timeoutMs: number;
  /** In the hands of this very turn, and not in flight. */
  #atHand = 0;

  constructor(ledger: Ledger, upstream: Upstream, timeoutMs: number) {
    this.#ledger = ledger;
    this.#upstream = upstream;
    this.#timeoutMs = timeoutMs;
  }

  /** Queries told as received and not yet as ended. */
  get active(): number {
    return this.#upstream.size + this.#atHand;
  }

  /** Never throws, and ends every query once: by an answer, or by giving up. */
  resolve(packet: Buffer, asker: IAsker): void {
    const query = readQuery(packet);
    if (typeof query === 'string') {
      this.#ledger.rejected(asker.source, query);
      asker.giveUp();
      return;
    }
    const pending = new PendingQuery(query, asker, this.#ledger.now());
    const { question } = query;
    if (query.refusal !== CODE.noerror || question === null) this.#refuse(pending, query);
    else if (this.state !== 'open') this.#drop(pending, 'shutdown');
    else if (this.#upstream.full) this.#drop(pending, 'overload');
    else this.#relay(pending, query, question);
  }

  #refuse(pending: PendingQuery, query: IQuery): void {
    this.#atHand++;
    this.#ledger.received(pending);
    this.#atHand--;
    this.#send(pending, refusal(query, query.refusal), query.refusal, false);
  }

  #drop(pending: PendingQuery, reason: 'overload' | 'shutdown'): void {
    this.#atHand++;
    this.#ledger.received(pending);
    this.#atHand--;
    this.#ledger.dropped(pending, reason);
    pending.asker.giveUp();
  }

  #relay(pending: PendingQuery, query: IQuery, question: IQuestion): void {
    const flight: IFlight = {
      message: upstreamQuery(query, question),
      questionEnd: question.end,
      deadline: pending.startedAt + this.#timeoutMs,
      landed: (reply) => this.#landed(pending, query, question, reply),
    };
    const socket = this.#upstream.enter(flight);
    this.#ledger.received(pending);
    socket.send(flight);
  }

  #landed(pending: PendingQuery, query: IQuery, question: IQuestion, reply: Buffer | null): void {
    if (reply === null) {
      if (this.state === 'closed') {
        this.#ledger.dropped(pending, 'shutdown');
        pending.asker.giveUp();
      } else this.#send(pending, refusal(query, CODE.servfail), CODE.servfail, false);
      return;
    }
    const [code, answered] = [codeOf(reply, question.end), isAnswered(reply, question)];
    const limit = pending.asker.datagrams ? datagramLimit(query) : MAX_MESSAGE;
    this.#send(pending, addressed(reply, query, question, limit), code, answered);
  }

  /** The query is in no book any more. */
  #send(pending: PendingQuery, reply: Buffer, code: number, answered: boolean): void {
    if (!pending.asker.answer(reply)) this.#ledger.dropped(pending, 'client-gone');
    else this.#ledger.answered(pending, { code, answered, result: null, size: reply.length });
  }
}
