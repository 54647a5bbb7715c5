import type { ICacheQuestion } from './cache/question.js';
import type { PendingQuery } from './classes.pendingquery.js';
import type { IFlight } from './classes.upstreamsocket.js';
import type { IQuery } from './query.js';
import type { IQuestion } from './question.js';

type TLand = (asked: Asked, reply: Buffer | null) => void;

const NOTHING = Buffer.alloc(0);

/** A query that can be relayed, what the cache must know of it, and its flight once it is on its way. */
export class Asked implements IFlight {
  readonly pending: PendingQuery;
  readonly query: IQuery;
  readonly question: IQuestion;
  /** `null`: there is no cache to ask, or this query goes by it. */
  readonly cached: ICacheQuestion | null;
  readonly questionEnd: number;
  message: Buffer = NOTHING;
  deadline = Infinity;
  /** Others may wait for its answer under this name. */
  flightKey: string | null = null;
  /** Of the cache, when it left. */
  generation = 0;
  readonly #land: TLand;

  constructor(pending: PendingQuery, query: IQuery, question: IQuestion, cached: ICacheQuestion | null, land: TLand) {
    this.pending = pending;
    this.query = query;
    this.question = question;
    this.questionEnd = question.end;
    this.cached = cached;
    this.#land = land;
  }

  landed(reply: Buffer | null): void {
    this.#land(this, reply);
  }
}
