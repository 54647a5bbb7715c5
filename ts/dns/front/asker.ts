import type { TDnsTransport } from '../../interfaces/events.js';

/** Whoever sent a query and waits for its answer. */
export interface IAsker {
  readonly source: TDnsTransport;
  readonly clientIp: string | undefined;
  /** Answers are cut to what fits one datagram of this client. */
  readonly datagrams: boolean;
  /** Sends the one answer. `false`: the client is gone. Never throws. */
  answer(reply: Buffer): boolean;
  /** There will be no answer. */
  giveUp(): void;
}
