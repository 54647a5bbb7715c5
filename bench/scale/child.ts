import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

const STRIP = new URL('../harness/strip.mjs', import.meta.url).href;

/** A process that answers one order at a time. */
export class Child {
  readonly #process: ChildProcess;

  constructor(file: URL, nodeArgs: readonly string[] = []) {
    const execArgv = [...nodeArgs, '--expose-gc', '--import', STRIP];
    this.#process = fork(file, [], { execArgv, serialization: 'advanced' });
  }

  /** Rejects where the process ends first. */
  async ask<TAnswer>(order: object): Promise<TAnswer> {
    const over = new AbortController();
    const answer = once(this.#process, 'message', { signal: over.signal });
    const end = once(this.#process, 'exit', { signal: over.signal });
    this.#process.send(order);
    try {
      const [message] = (await Promise.race([answer, end.then(ended)])) as [TAnswer];
      return message;
    } finally {
      answer.catch(() => undefined);
      end.catch(() => undefined);
      over.abort();
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const end = once(this.#process, 'exit');
    this.#process.disconnect();
    await end;
  }
}

/** Answers each order with what `answer` gives, in a process that a `Child` started. */
export function answers<TOrder>(answer: (order: TOrder) => Promise<object>): void {
  // By itself, so that a profile is written.
  process.once('disconnect', () => process.exit());
  process.on('message', (order: TOrder) => {
    answer(order).then(
      (message) => process.send?.(message),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}

function ended(): never {
  throw new Error('a process of the benchmark ended early');
}
