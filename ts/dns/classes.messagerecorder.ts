import type { IDnsEvents } from '../interfaces/events.js';
import type { IClock } from '../interfaces/options.js';
import type { IDnsQueryCompletedEvent } from '../interfaces/smartdns.js';
import type { FencedEmitter } from '../shared/fencedemitter.js';
import type { IHandlerEntry } from './classes.handlerbook.js';
import { type IHandlerRecorder, promiseError } from './handler.js';
import { presentName } from './name.js';
import { nextQueryId } from './queryid.js';

const RESOLVED = Promise.resolve();

interface IQuestionPart {
  readonly name: string;
  readonly type: string;
}

/** A message without a question (SmartDNS answers those, too) is one query all the same. */
const NO_QUESTION: IQuestionPart = { name: '', type: 'NONE' };

/** What is known of the message that SmartDNS is working on. */
interface IMessage {
  readonly startedAt: number;
  readonly question: IQuestionPart;
  /** A handler returned a promise: SmartDNS's own process refuses all answers of the message, though `'query'` says answered. */
  spoiled: boolean;
}

/**
 * Makes one `query-received` and one `query-answered` of each DNS message. SmartDNS runs the handlers of a message and
 * emits `'query'` in one turn; when a handler throws there is no `'query'`, and the throw ends the message.
 *
 * Every method is called from inside SmartDNS's answering and never throws: an exception would empty the answer.
 */
export class MessageRecorder implements IHandlerRecorder {
  /** While false, wrapped handlers are only passed through. */
  active = false;
  /** Told `query-received`, not yet `query-answered`. */
  inFlight = 0;
  readonly #emitter: FencedEmitter<IDnsEvents>;
  readonly #clock: IClock;
  #message: IMessage | null = null;
  #dropQueued = false;

  constructor(emitter: FencedEmitter<IDnsEvents>, clock: IClock) {
    this.#emitter = emitter;
    this.#clock = clock;
  }

  /** Before each call of a wrapped handler; the first one of a message starts its time. */
  handlerCalled(entry: IHandlerEntry, question: unknown): void {
    try {
      entry.calls++;
      if (this.#message !== null) return;
      this.#message = { startedAt: this.#clock.now(), question: partOf(question), spoiled: false };
      this.#dropAtEndOfTurn();
    } catch {
      this.#emitter.listenerErrors++;
    }
  }

  handlerThrew(entry: IHandlerEntry, pattern: string, question: unknown, error: unknown): void {
    try {
      entry.errors++;
      const message = this.#message;
      this.#message = null;
      const elapsed = message === null ? null : this.#clock.now() - message.startedAt;
      this.#tell(message?.question ?? partOf(question), elapsed, false, () => {
        this.#emitter.emit('handler-error', { handler: pattern, error });
      });
    } catch {
      this.#emitter.listenerErrors++;
    }
  }

  /**
   * SmartDNS needs the answer itself and can make nothing of a promise, whatever becomes of it: the call is an error
   * already. The promise stays untouched: a `then` of ours would hide an unhandled rejection, or make one.
   */
  handlerPromised(entry: IHandlerEntry, pattern: string): void {
    try {
      entry.errors++;
      if (this.#message !== null) this.#message.spoiled = true;
      this.#emitter.emit('handler-error', { handler: pattern, error: promiseError(pattern) });
    } catch {
      this.#emitter.listenerErrors++;
    }
  }

  /** SmartDNS's `'query'`: the message is done, answered or not. */
  completed(event: IDnsQueryCompletedEvent): void {
    try {
      const message = this.#message;
      this.#message = null;
      // The event's own figure is a difference of whole milliseconds: its 0 says no more than "below 1".
      const ofHost = event.responseTimeMs > 0 ? event.responseTimeMs : null;
      const elapsed = message === null ? ofHost : this.#clock.now() - message.startedAt;
      this.#tell(partOf(event.questions[0]), elapsed, event.answered && message?.spoiled !== true);
    } catch {
      this.#emitter.listenerErrors++;
    }
  }

  #tell(question: IQuestionPart, elapsed: number | null, answered: boolean, between?: () => void): void {
    const { type } = question;
    const queryId = nextQueryId();
    const domain = presentName(question.name);
    const timestamp = Math.round(this.#clock.wall() - (elapsed ?? 0));
    this.inFlight++;
    this.#emitter.emit('query-received', { queryId, type, domain, source: 'unknown', timestamp });
    between?.();
    this.inFlight--;
    this.#emitter.emit('query-answered', {
      queryId,
      source: 'unknown',
      type,
      domain,
      result: null,
      cached: false,
      responseTime: elapsed,
      answered,
    });
  }

  /**
   * A message whose `'query'` never came (a handler that is not wrapped threw after one that is) must not lend its
   * start to a later message.
   */
  #dropAtEndOfTurn(): void {
    if (this.#dropQueued) return;
    this.#dropQueued = true;
    // Not `queueMicrotask`: the async resource that it makes for each call cost more than all the rest of this class.
    void RESOLVED.then(this.#drop);
  }

  readonly #drop = (): void => {
    this.#dropQueued = false;
    this.#message = null;
  };
}

/** Copied at once: the question object is the handlers' to change. */
function partOf(question: unknown): IQuestionPart {
  if (typeof question !== 'object' || question === null) return NO_QUESTION;
  const { name, type } = question as Partial<Record<'name' | 'type', unknown>>;
  return { name: typeof name === 'string' ? name : '', type: typeof type === 'string' ? type.toWellFormed() : 'NONE' };
}
