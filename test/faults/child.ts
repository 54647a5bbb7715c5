import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '../helpers/wait.js';

/** A script of this folder in a process of its own, which tells and is told in messages, until it ends. */
export class Child {
  readonly messages: unknown[] = [];
  stderr = '';
  stdout = '';
  readonly #process: ChildProcess;
  #ended: readonly [code: number | null, signal: string | null] | null = null;

  /** `before`: a command that runs it, with its arguments. */
  constructor(script: string, args: readonly string[], before: readonly string[] = []) {
    const file = fileURLToPath(new URL(script, import.meta.url));
    const [command = process.execPath, ...rest] = [...before, process.execPath, ...['--import', 'tsx', file], ...args];
    // Without the colours that somebody's terminal may ask for.
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
    this.#process = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env });
    this.#process.on('message', (message) => void this.messages.push(message));
    this.#process.stdout?.on('data', (chunk: Buffer) => (this.stdout += String(chunk)));
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.stderr += String(chunk)));
    this.#process.on('exit', (code, signal) => (this.#ended = [code, signal]));
  }

  get ended(): boolean {
    return this.#ended !== null;
  }

  /** The next message; fails where the process ends before. */
  async next<T>(what: string): Promise<T> {
    await until(() => this.messages.length > 0 || this.ended, what, 60_000);
    if (this.messages.length === 0) throw new Error(`it ended before ${what}: ${this.stderr}`);
    return this.messages.shift() as T;
  }

  tell(message: string): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** Its exit code or signal, once all that it printed has come. */
  async exit(): Promise<number | string | null> {
    if (this.#process.stderr?.closed !== true || !this.ended) await once(this.#process, 'close');
    const [code, signal] = this.#ended ?? [null, null];
    return code ?? signal;
  }

  /** For the end of a test: whatever it does by then. */
  kill(): void {
    if (!this.ended) this.#process.kill('SIGKILL');
  }
}
