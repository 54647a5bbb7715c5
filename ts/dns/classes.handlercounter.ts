import type { IDnsEvents } from '../interfaces/events.js';
import type { FencedEmitter } from '../shared/fencedemitter.js';
import type { IHandlerEntry } from './classes.handlerbook.js';
import { type IHandlerRecorder, promiseError } from './handler.js';

/** Behind a front: queries are the front's to count, handlers' calls and errors are ours. */
export class HandlerCounter implements IHandlerRecorder {
  active = false;
  readonly #emitter: FencedEmitter<IDnsEvents>;
  readonly #failed: (name: string) => void;

  /** `failed` is told of each name whose answer is to be nobody's but his who asked: a handler's bug, not its answer. */
  constructor(emitter: FencedEmitter<IDnsEvents>, failed: (name: string) => void) {
    this.#emitter = emitter;
    this.#failed = failed;
  }

  handlerCalled(entry: IHandlerEntry): void {
    entry.calls++;
  }

  handlerThrew(entry: IHandlerEntry, pattern: string, question: unknown, error: unknown): void {
    this.#count(entry, pattern, question, error);
  }

  handlerPromised(entry: IHandlerEntry, pattern: string, question: unknown): void {
    this.#count(entry, pattern, question, promiseError(pattern));
  }

  #count(entry: IHandlerEntry, pattern: string, question: unknown, error: unknown): void {
    entry.errors++;
    const { name } = (question ?? {}) as { name?: unknown };
    if (typeof name === 'string') this.#failed(name);
    this.#emitter.emit('handler-error', { handler: pattern, error });
  }
}
