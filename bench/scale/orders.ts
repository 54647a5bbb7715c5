/** What the processes of the benchmark ask of each other. */
import type { ITurns } from './turns.js';

/** `bare`: the handler alone. `alone`: wrapped, nobody listens. `observed`: wrapped, with a manager. */
export const KINDS = ['bare', 'alone', 'observed'] as const;
export type TKind = (typeof KINDS)[number];

export type TServerOrder =
  | { readonly what: 'start'; readonly kind: TKind; readonly intervalMs: number }
  /** Waits until so many real ones are open, and makes the rest. */
  | { readonly what: 'grow'; readonly real: number; readonly synthetic: number }
  | { readonly what: 'weigh' }
  /** After everything moved: one pass. `messages`: that must have come on real connections since the last one. */
  | { readonly what: 'pass'; readonly messages: number }
  /** The sampler's own beat, while every hundredth synthetic connection moves each second. */
  | { readonly what: 'beat'; readonly seconds: number };

export type TClientOrder =
  | { readonly what: 'connect'; readonly port: number; readonly count: number }
  /** One byte on each. */
  | { readonly what: 'send' };

export interface IStarted {
  readonly port: number;
  readonly openFiles: number;
}

export interface IWeight {
  /** Heap and what hangs on it, after collection. */
  readonly bytes: number;
}

export interface IPass extends ITurns {
  /** Of the whole process, from the call to the end. */
  readonly wholeMs: number;
  /** Events that told of traffic; `null` where nobody listens. */
  readonly moved: number | null;
}

export interface IBeat extends ITurns {
  readonly seconds: number;
  /** Of the whole process. */
  readonly wholeMs: number;
}
