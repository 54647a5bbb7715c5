/** The parts of SmartDNS (`@push.rocks/smartdns/server` 7.9) that are used, typed structurally. */

export interface IDnsQuestion {
  name: string;
  type: string;
  class?: string | undefined;
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
  // Handlers are `never`-typed here so that a server with its own answer type fits.
  registerHandler(pattern: string, types: string[], handler: (question: never) => never): void;
  unregisterHandler(pattern: string, types: string[]): boolean;
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  on(event: 'query', listener: (event: IDnsQueryCompletedEvent) => void): unknown;
  off(event: 'query', listener: (event: IDnsQueryCompletedEvent) => void): unknown;
}
