import { nextQueryId } from '../queryid.js';
import type { IAsker } from './asker.js';
import { typeName } from './message.js';
import type { IQuery } from './query.js';

/** One query from its arrival to its end. */
export class PendingQuery {
  readonly queryId = nextQueryId();
  readonly query: IQuery;
  readonly asker: IAsker;
  /** Monotonic, ms. */
  readonly startedAt: number;
  /** As events tell them; a message without a readable question is one of type `NONE`, as in handler mode. */
  readonly type: string;
  readonly domain: string;

  constructor(query: IQuery, asker: IAsker, startedAt: number) {
    this.query = query;
    this.asker = asker;
    this.startedAt = startedAt;
    this.type = query.question === null ? 'NONE' : typeName(query.question.type);
    this.domain = query.question?.name ?? '.';
  }
}
