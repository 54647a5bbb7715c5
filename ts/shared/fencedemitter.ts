import { EventEmitter } from '../plugins.js';
import type { ILogger } from '../interfaces/options.js';
import type { ISubscribeOptions, TListener } from '../interfaces/source.js';
import { functionOption } from './options.js';

type TFenced = (event: unknown) => void;

interface ISubscription {
  readonly listener: unknown;
  readonly fenced: TFenced;
}

/**
 * A typed emitter whose listeners cannot reach the emitting code: what they throw or reject with is caught, counted
 * and logged once for each listener. Fenced when subscribing, so that emitting costs nothing extra.
 *
 * `emit` belongs to whoever owns the emitter; owners expose `on`, `once` and `off` only.
 */
export class FencedEmitter<TEvents extends object> {
  listenerErrors = 0;
  // Two emitters, so that the listeners that must come first do, whenever they subscribe.
  readonly #first = new EventEmitter();
  readonly #rest = new EventEmitter();
  readonly #subscriptions = new Map<PropertyKey, ISubscription[]>();
  /** Who is told of an event, in their order: one look-up for each event that is emitted, where two emitters need four. */
  readonly #audiences: Record<string, readonly TFenced[] | undefined> = {};
  readonly #logger: ILogger | undefined;

  constructor(logger?: ILogger) {
    this.#logger = logger;
  }

  on<K extends keyof TEvents & string>(event: K, listener: TListener<TEvents[K]>, options?: ISubscribeOptions): void {
    const fenced = this.#fence(event, listener);
    this.#remember(event, listener, fenced);
    (options?.first === true ? this.#first : this.#rest).on(event, fenced);
    this.#gather(event);
  }

  once<K extends keyof TEvents & string>(event: K, listener: TListener<TEvents[K]>): void {
    const inner = this.#fence(event, listener);
    const fenced: TFenced = (value) => {
      this.#rest.off(event, fenced);
      this.#gather(event);
      this.#forget(event, (subscription) => subscription.fenced === fenced);
      inner(value);
    };
    this.#remember(event, listener, fenced);
    this.#rest.on(event, fenced);
    this.#gather(event);
  }

  /** Removes one subscription of this listener, the latest first, as Node's emitters do. */
  off<K extends keyof TEvents & string>(event: K, listener: TListener<TEvents[K]>): void {
    const removed = this.#forget(event, (subscription) => subscription.listener === listener);
    if (removed === undefined) return;
    this.#first.off(event, removed.fenced);
    this.#rest.off(event, removed.fenced);
    this.#gather(event);
  }

  emit<K extends keyof TEvents & string>(event: K, value: TEvents[K]): void {
    const audience = this.#audiences[event];
    if (audience === undefined) return;
    // The list of now: whoever comes or goes meanwhile makes another one.
    for (let index = 0; index < audience.length; index++) audience[index]?.(value);
  }

  /** Whether emitting reaches anybody: lets the owner skip building an event. */
  has(event: keyof TEvents & string): boolean {
    return this.#subscriptions.has(event);
  }

  #fence(event: string, listener: TListener<never>): TFenced {
    functionOption('listener', listener);
    let logged = false;
    const failed = (error: unknown): void => {
      this.listenerErrors++;
      if (logged) return;
      logged = true;
      const name = listener.name === '' ? 'anonymous' : listener.name;
      try {
        this.#logger?.warn(`listener "${name}" of "${event}" failed (told once): ${String(error)}`);
      } catch {
        // A logger that throws must not reach the observed system either.
      }
    };
    return (value) => {
      try {
        const result: unknown = (listener as (event: unknown) => unknown)(value);
        // A rejection nobody handles ends the process.
        if (result !== undefined && result instanceof Promise) result.catch(failed);
      } catch (error) {
        failed(error);
      }
    };
  }

  #gather(event: string): void {
    this.#audiences[event] = [...this.#first.listeners(event), ...this.#rest.listeners(event)];
  }

  #remember(event: string, listener: unknown, fenced: TFenced): void {
    const list = this.#subscriptions.get(event);
    if (list === undefined) this.#subscriptions.set(event, [{ listener, fenced }]);
    else list.push({ listener, fenced });
  }

  #forget(event: string, matches: (subscription: ISubscription) => boolean): ISubscription | undefined {
    const list = this.#subscriptions.get(event);
    const index = list?.findLastIndex(matches) ?? -1;
    if (list === undefined || index < 0) return undefined;
    const [removed] = list.splice(index, 1);
    if (list.length === 0) this.#subscriptions.delete(event);
    return removed;
  }
}
