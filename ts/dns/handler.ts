import type { IHandlerEntry } from './classes.handlerbook.js';
import type { MessageRecorder } from './classes.messagerecorder.js';

export type TAnyHandler = (this: unknown, ...args: unknown[]) => unknown;

/** Same turn, same `this` and arguments; the same answer comes back and the same error is thrown. */
export function wrapHandler(
  handler: TAnyHandler,
  pattern: string,
  entry: IHandlerEntry,
  recorder: MessageRecorder,
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
    if (answer instanceof Promise) recorder.handlerPromised(entry, pattern);
    return answer;
  };
}
