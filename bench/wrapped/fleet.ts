/** The processes of a comparison, all alive at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { IVisitOrder, IVisitResult } from './client.js';
import type { TLoad, TVariant } from './loads.js';

const START_MS = 30_000;
const ANSWER_MS = 30_000;
const STRIP = new URL('../harness/strip.mjs', import.meta.url).href;
const [SERVER, CLIENT] = ['./server.ts', './client.ts'].map((file) => fileURLToPath(new URL(file, import.meta.url)));

/** One process that answers each message with another. */
class Child {
  readonly #process: ChildProcess;
  readonly #ended = new AbortController();

  constructor(file: string | undefined, args: readonly string[], nodeArgs: readonly string[]) {
    this.#process = spawn(process.execPath, [...nodeArgs, '--import', STRIP, file ?? '', ...args], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#process.once('exit', () => this.#ended.abort(new Error('a process of the benchmark ended')));
  }

  async next(ms: number): Promise<unknown> {
    const signal = AbortSignal.any([AbortSignal.timeout(ms), this.#ended.signal]);
    const [message] = (await once(this.#process, 'message', { signal })) as [unknown];
    return message;
  }

  async ask(message: string | IVisitOrder): Promise<unknown> {
    const answer = this.next(ANSWER_MS);
    this.#process.send(message);
    return answer;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.disconnect();
    await exit;
  }
}

/** What a wrapped server's own snapshot tells. */
export interface ICounted {
  readonly connections: number;
  readonly requests: number;
}

export interface IServer {
  readonly port: number;
  /** User and system time so far, all threads, µs. */
  cpuUs(): Promise<number>;
  /** Rejects where it is not wrapped. */
  counted(): Promise<ICounted>;
}

export class Fleet {
  readonly #nodeArgs: readonly string[];
  readonly #children: Child[] = [];
  #client: Child | undefined;

  /** `nodeArgs`: of the servers. */
  constructor(nodeArgs: readonly string[] = []) {
    this.#nodeArgs = nodeArgs;
  }

  async start(load: TLoad, variant: TVariant): Promise<IServer> {
    const child = new Child(SERVER, [load, variant], this.#nodeArgs);
    this.#children.push(child);
    const { port } = (await child.next(START_MS)) as { port: number };
    return {
      port,
      cpuUs: async () => {
        const { user, system } = (await child.ask('cpu')) as NodeJS.CpuUsage;
        return user + system;
      },
      counted: async () => (await child.ask('counted')) as ICounted,
    };
  }

  async visit(order: IVisitOrder): Promise<IVisitResult> {
    if (this.#client === undefined) {
      this.#client = new Child(CLIENT, [], []);
      this.#children.push(this.#client);
      await this.#client.next(START_MS);
    }
    return (await this.#client.ask(order)) as IVisitResult;
  }

  async stop(): Promise<void> {
    for (const child of this.#children.splice(0)) await child.stop();
    this.#client = undefined;
  }
}
