import type { TDnsTransport, TDropReason } from '../../interfaces/events.js';
import type { TReject } from './query.js';

/** Whoever sent a query and waits for its answer. */
export interface IAsker {
  readonly source: TDnsTransport;
  readonly clientIp: string | undefined;
  /** Answers are cut to what fits one datagram of this client. */
  readonly datagrams: boolean;
  /** Sends the one answer. `false`: the client is gone. Never throws. */
  answer(reply: Buffer): boolean;
  /** There will be no answer: the query was dropped, or is none. Never throws. */
  giveUp(reason: TDropReason | TReject): void;
}
