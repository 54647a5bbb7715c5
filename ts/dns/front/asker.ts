import type { TDnsTransport, TDropReason } from '../../interfaces/events.js';
import type { TReject } from './query.js';

/** Told once whether an answer went out: `null`, or why not. */
export type TSent = (failure: Error | null) => void;

/** The client has left. */
export const GONE = new Error('the client is gone');

/** Whoever sent a query and waits for its answer. */
export interface IAsker {
  readonly source: TDnsTransport;
  readonly clientIp: string | undefined;
  /** Answers are cut to what fits one datagram of this client. */
  readonly datagrams: boolean;
  /** Sends the one answer, and tells at once or soon whether it went out. Never throws. */
  answer(reply: Buffer, sent: TSent): void;
  /** There will be no answer: the query was dropped, or is none. Never throws. */
  giveUp(reason: TDropReason | TReject): void;
}
