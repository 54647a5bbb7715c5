import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from './wait.js';

const execFileAsync = promisify(execFile);
const PROMPT = 'ready> ';
const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** A test that fails leaves nothing running. */
const running = new Set<string>();
process.once('exit', () => {
  for (const socket of running) spawnSync('tmux', ['-L', socket, 'kill-server']);
});

/** A shell in a real pseudo-terminal, in the project's folder, and what a person would see of it. */
export class Tmux {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  static async start(columns: number, rows: number, env: Readonly<Record<string, string>> = {}): Promise<Tmux> {
    const socket = `routemeter-${process.pid}-${running.size}`;
    const tmux = new Tmux(socket);
    running.add(socket);
    // A server of its own, in UTF-8 whatever the locale, with no configuration but a shell that has job control.
    const variables = Object.entries({ PS1: PROMPT, HISTFILE: '', ...env }).flatMap(([name, value]) => [
      '-e',
      `${name}=${value}`,
    ]);
    const size = ['-x', String(columns), '-y', String(rows)];
    await execFileAsync('tmux', [
      ...['-u', '-L', socket, '-f', '/dev/null'],
      ...['new-session', '-d', '-c', PROJECT, ...size, ...variables, 'bash', '--norc', '--noprofile'],
    ]);
    await tmux.until((text) => text.includes(PROMPT.trim()), 'the prompt');
    return tmux;
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    return (await execFileAsync('tmux', ['-u', '-L', this.#socket, ...args])).stdout;
  }

  /** A line for the shell. */
  async run(command: string): Promise<void> {
    await this.type(command);
    await this.keys('Enter');
  }

  /** Keys by their names, such as `Enter`, `C-c`, `PPage`. */
  async keys(...names: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...names);
  }

  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
  }

  /** The lines of the screen, without what is empty at their ends. */
  async lines(): Promise<string[]> {
    return (await this.#tmux('capture-pane', '-p')).split('\n').slice(0, -1);
  }

  /** The screen with its colours. */
  styled(): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  /** Polls until the screen is as wanted, and gives its lines; fails with what stands there instead. */
  async until(wanted: (text: string) => boolean, what: string, timeoutMs = 60_000): Promise<string[]> {
    let lines: string[] = [];
    const seen = async (): Promise<boolean> => wanted((lines = await this.lines()).join('\n'));
    await until(seen, what, timeoutMs).catch((error: Error) => {
      throw new Error(`${error.message}; the screen:\n${lines.join('\n')}`);
    });
    return lines;
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What a program can leave behind: the alternate screen, the cursor, wrapping of long lines. */
  async modes(): Promise<{ alternate: boolean; cursor: boolean; wrap: boolean }> {
    const [alternate, cursor, wrap] = (
      await this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag} #{wrap_flag}')
    )
      .trim()
      .split(' ');
    return { alternate: alternate === '1', cursor: cursor === '1', wrap: wrap === '1' };
  }

  /** Writes to the terminal as another program would. */
  async scribble(text: string): Promise<void> {
    await writeFile((await this.#tmux('display-message', '-p', '#{pane_tty}')).trim(), text);
  }

  /** The process ids of what the shell runs. */
  async children(): Promise<number[]> {
    const shell = (await this.#tmux('display-message', '-p', '#{pane_pid}')).trim();
    const children = await readFile(`/proc/${shell}/task/${shell}/children`, 'utf8').catch(() => '');
    return children.split(' ').filter(Boolean).map(Number);
  }

  async stop(): Promise<void> {
    await this.#tmux('kill-server').catch(() => undefined);
    running.delete(this.#socket);
  }
}
