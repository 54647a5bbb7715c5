import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IAddresses } from '../../ts/cli/addresses.js';
import { until } from './wait.js';

const CLI = fileURLToPath(new URL('../../ts/cli/index.ts', import.meta.url));

/** A test that fails leaves nothing running. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** `routemeter` as a process of its own. */
export class Cli {
  readonly child: ChildProcess;
  /** Resolves when the process and its pipes have ended: the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  stdout = '';
  stderr = '';
  #ended = false;

  constructor(args: readonly string[], nodeArgs: readonly string[] = [], ownGroup = false) {
    this.child = spawn(process.execPath, ['--import', 'tsx', ...nodeArgs, CLI, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: ownGroup,
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    running.add(this.child);
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        running.delete(this.child);
        this.#ended = true;
        resolve(code ?? signal ?? -1);
      });
    });
  }

  /** The lines of stderr so far. */
  get lines(): string[] {
    return this.stderr.split('\n').filter((line) => line !== '');
  }

  /** What `start --json` prints once everything listens. */
  async ready(): Promise<IAddresses> {
    await until(() => this.stdout.includes('\n') || this.#ended, 'the line of addresses');
    if (this.#ended) throw new Error(`the CLI ended: ${this.stderr}`);
    return JSON.parse(this.stdout) as IAddresses;
  }

  /** Waits for a line of stderr. */
  async told(text: string, times = 1): Promise<void> {
    await until(() => this.stderr.split(text).length > times, `"${text}" on stderr`);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** As Ctrl-C in a terminal: to the process and its children. Needs a group of its own. */
  interruptGroup(): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGINT');
  }

  /** SIGTERM, and the exit code. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.kill('SIGTERM');
    return this.ended;
  }
}

/** A folder for a test's configurations, and what removes it. */
export class ConfigFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'routemeter-config-'));

  /** Writes a file, as JSON unless it is text already, and returns its path. */
  write(name: string, content: unknown): string {
    const file = join(this.path, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    return file;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
