import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { transform } from 'esbuild';

const NOT_COPIED = ['node_modules', '.cache', '.git', 'dist_ts', 'coverage'];
const LINKED = ['node_modules', '.cache'];
const COMPILED = ['ts', 'test', 'bench'];
const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const compiled = (file: string): string => file.replace(/\.ts$/, '.js');

export interface IRun {
  readonly passed: boolean;
  readonly timedOut: boolean;
  readonly ms: number;
  /** The end of what it said. */
  readonly output: string;
}

/**
 * The project in a temporary directory: mutants are tried there, so that a run that is cut leaves the tree as it was.
 * Its TypeScript is compiled once, file by file, for a test to start in a fraction of the time.
 */
export class ProjectCopy {
  readonly root: string;
  #child: ChildProcess | null = null;
  readonly #onSignal = (): void => {
    this.remove();
    process.exit(1);
  };

  private constructor(root: string) {
    this.root = root;
    for (const signal of STOPPING) process.once(signal, this.#onSignal);
  }

  static async of(project: string): Promise<ProjectCopy> {
    const copy = new ProjectCopy(await mkdtemp(path.join(tmpdir(), 'routemeter-mutation-')));
    try {
      await copy.#fill(project);
    } catch (error) {
      copy.remove();
      throw error;
    }
    return copy;
  }

  read(file: string): Promise<string> {
    return readFile(path.join(this.root, file), 'utf8');
  }

  /** A file in TypeScript, and what is run of it. */
  async write(file: string, text: string): Promise<void> {
    const { code } = await transform(text, { loader: 'ts', target: 'es2023', sourcefile: file });
    await writeFile(path.join(this.root, file), text);
    await writeFile(path.join(this.root, compiled(file)), code);
  }

  /** Files under a folder, by path from the root. */
  async list(folder: string): Promise<string[]> {
    const found = await readdir(path.join(this.root, folder), { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(this.root, path.join(entry.parentPath, entry.name)))
      .sort();
  }

  /** One test file in a process of its own, as the project's runner has it. */
  async test(file: string, limitMs: number, env: Readonly<Record<string, string>> = {}): Promise<IRun> {
    const begun = performance.now();
    const child = spawn(
      process.execPath,
      // A mutant that takes memory without end is to fail, not to take the machine's.
      ['--max-old-space-size=512', '--import', './scripts/test-guard.mjs', compiled(file)],
      {
        cwd: this.root,
        // A group of its own, so that what the test started ends with it.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          // What makes the guard watch; its own limit comes after ours.
          NODE_TEST_CONTEXT: 'child',
          ROUTEMETER_TEST_FILE_LIMIT_MS: String(limitMs + 60_000),
          ...env,
        },
      },
    );
    this.#child = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = `${output}${chunk.toString()}`.slice(-4_000);
        // The other tests of the file need not be waited for.
        if (/^not ok/m.test(output)) this.#kill();
      });
    }
    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      this.#kill();
    }, limitMs);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('exit', resolve);
      child.once('error', reject);
    });
    clearTimeout(limit);
    this.#kill();
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    return { passed: code === 0 && !timedOut, timedOut, ms: performance.now() - begun, output };
  }

  /** Ends what runs and removes everything. Idempotent. */
  remove(): void {
    this.#kill();
    for (const signal of STOPPING) process.off(signal, this.#onSignal);
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  async #fill(project: string): Promise<void> {
    const entries = await readdir(project);
    for (const entry of entries.filter((name) => !NOT_COPIED.includes(name))) {
      await cp(path.join(project, entry), path.join(this.root, entry), { recursive: true });
    }
    for (const entry of LINKED.filter((name) => entries.includes(name))) {
      await symlink(path.join(project, entry), path.join(this.root, entry));
    }
    for (const folder of COMPILED.filter((name) => entries.includes(name))) {
      for (const file of await this.list(folder)) {
        if (/(?<!\.d)\.ts$/.test(file)) await this.write(file, await this.read(file));
      }
    }
  }

  #kill(): void {
    const pid = this.#child?.pid;
    this.#child = null;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The whole group has ended.
    }
  }
}
