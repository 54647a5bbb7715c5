import type { IDnsEvents } from '../interfaces/events.js';
import type { FencedEmitter } from '../shared/fencedemitter.js';
import type { IHandlerEntry } from './classes.handlerbook.js';
import { type IHandlerRecorder, promiseError } from './handler.js';

/** Behind a front: queries are the front's to count, handlers' calls and errors are ours. */
export class HandlerCounter implements IHandlerRecorder {
  active = false;
  readonly #emitter: FencedEmitter<IDnsEvents>;

  constructor(emitter: FencedEmitter<IDnsEvents>) {
    this.#emitter = emitter;
  }

  handlerCalled(entry: IHandlerEntry): void {
    entry.calls++;
  }

  handlerThrew(entry: IHandlerEntry, pattern: string, _question: unknown, error: unknown): void {
    entry.errors++;
    this.#emitter.emit('handler-error', { handler: pattern, error });
  }

  handlerPromised(entry: IHandlerEntry, pattern: string): void {
    entry.errors++;
    this.#emitter.emit('handler-error', { handler: pattern, error: promiseError(pattern) });
  }
}
