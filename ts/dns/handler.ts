import type { IHandlerEntry } from './classes.handlerbook.js';

export type TAnyHandler = (this: unknown, ...args: unknown[]) => unknown;

/** Told of each call of a wrapped handler. None of it throws. */
export interface IHandlerRecorder {
  /** While false, wrapped handlers are only passed through. */
  active: boolean;
  handlerCalled(entry: IHandlerEntry, question: unknown): void;
  handlerThrew(entry: IHandlerEntry, pattern: string, question: unknown, error: unknown): void;
  handlerPromised(entry: IHandlerEntry, pattern: string, question: unknown): void;
}

/** Same turn, same `this` and arguments; the same answer comes back and the same error is thrown. */
export function wrapHandler(
  handler: TAnyHandler,
  pattern: string,
  entry: IHandlerEntry,
  recorder: IHandlerRecorder,
): TAnyHandler {
  return function (this: unknown, ...args: unknown[]): unknown {
    if (!recorder.active) return Reflect.apply(handler, this, args);
    recorder.handlerCalled(entry, args[0]);
    let answer: unknown;
    try {
      answer = Reflect.apply(handler, this, args);
    } catch (error) {
      recorder.handlerThrew(entry, pattern, args[0], error);
      throw error;
    }
    if (answer instanceof Promise) recorder.handlerPromised(entry, pattern, args[0]);
    return answer;
  };
}

/** SmartDNS needs the answer itself. */
export const promiseError = (pattern: string): TypeError =>
  new TypeError(`the DNS handler of "${pattern}" returned a promise; it must return the answer itself`);
