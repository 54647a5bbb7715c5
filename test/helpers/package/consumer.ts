import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export interface IChild {
  code: number;
  stdout: string;
  stderr: string;
}

/** A project of its own into which the packed package is installed, with its run-time dependencies and no others. */
export interface IConsumer {
  root: string;
  /** The installed package's folder. */
  installed: string;
  /** What `npm pack` says of it: bytes, bytes unpacked, files. */
  packed: { size: number; unpackedSize: number; entryCount: number };
  run(file: string, args: string[], env?: Record<string, string>): Promise<IChild>;
  remove(): Promise<void>;
}

/** What a test run adds to the environment would slow the child down or change it; a user's shell has none of it. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_V8_COVERAGE: _coverage, NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...env } = process.env;
  return env;
}

function execute(cwd: string, file: string, args: string[], env: Record<string, string> = {}): Promise<IChild> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env: { ...plainEnvironment(), ...env }, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

async function must(child: Promise<IChild>): Promise<string> {
  const { code, stdout, stderr } = await child;
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** Packs the built package and installs it beside `dependencies`, which are linked to this project's own. */
export async function installPacked(project: string, dependencies: string[]): Promise<IConsumer> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'routemeter-consumer-'));
  const modules = path.join(root, 'node_modules');
  const installed = path.join(modules, 'routemeter');
  await mkdir(installed, { recursive: true });
  const packed = await must(
    execute(project, 'npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', root]),
  );
  const [{ filename, ...sizes }] = JSON.parse(packed) as [{ filename: string } & IConsumer['packed']];
  await must(execute(root, 'tar', ['-xzf', filename, '-C', installed, '--strip-components=1']));
  for (const name of dependencies) {
    await mkdir(path.dirname(path.join(modules, name)), { recursive: true });
    await symlink(path.join(project, 'node_modules', name), path.join(modules, name));
  }
  await writeFile(path.join(root, 'package.json'), '{ "type": "module", "private": true }');
  return {
    root,
    installed,
    packed: sizes,
    run: (file, args, env) => execute(root, file, args, env),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
