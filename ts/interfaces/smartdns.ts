/** The parts of SmartDNS (`@push.rocks/smartdns/server` 7.9) that are used, typed structurally. */

export interface IDnsQuestion {
  name: string;
  type: string;
  // Without `undefined`: handlers receive it, and SmartDNS's own question type does not admit it.
  class?: string;
}

export interface IDnsAnswer {
  name: string;
  type: string;
  class: string | number;
  ttl: number;
  data: unknown;
}

/** Must be synchronous: SmartDNS sends garbage for a promise. */
export type TDnsHandler = (question: IDnsQuestion) => IDnsAnswer | null;

export interface IDnsQueryCompletedEvent {
  readonly questions: readonly { readonly name: string; readonly type: string }[];
  readonly answered: boolean;
  readonly responseTimeMs: number;
  readonly timestamp: number;
}

export interface IDnsServer {
  registerHandler(pattern: string, types: string[], handler: TDnsHandler): void;
  unregisterHandler(pattern: string, types: string[]): boolean;
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  on(event: 'query', listener: (event: IDnsQueryCompletedEvent) => void): unknown;
  off(event: 'query', listener: (event: IDnsQueryCompletedEvent) => void): unknown;
  prependListener?(event: 'query', listener: (event: IDnsQueryCompletedEvent) => void): unknown;
}
