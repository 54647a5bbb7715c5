/** Runs the tests: finds the files itself, because node 20's `--test` knows no globs and passes when it finds none. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure } from './coverage.mjs';

const USAGE = `usage: node scripts/test.mjs [--long] [--coverage] [--limit SECONDS] [--root DIR] [PART ...]

Runs test/**/test.*.ts, each file in a process of its own.

  PART         only files whose path contains PART (several: any of them)
  --long       test/**/long.*.ts as well
  --coverage   measure the coverage of ts/, print its summary and write it by file into coverage/
  --limit N    cut and fail a file after N seconds (default: 120, with --long 1800)
  --root DIR   the project to test (default: this one)
  --help       this text`;

const CLOSING_LINE = /(^|\n)export default tap\.start\(\{ throwOnError: true \}\);?\s*$/;
const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

class Refusal extends Error {}

function readOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        long: { type: 'boolean', default: false },
        coverage: { type: 'boolean', default: false },
        limit: { type: 'string' },
        root: { type: 'string', default: project },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new Refusal(`${error.message}\n\n${USAGE}`);
  }
}

async function findFiles(root, { long, parts }) {
  const name = long ? /^(test|long)\..+\.ts$/ : /^test\..+\.ts$/;
  const found = await readdir(path.join(root, 'test'), { recursive: true }).catch(() => []);
  const files = found
    .filter((file) => name.test(path.basename(file)))
    .map((file) => path.join('test', file))
    .sort();
  for (const part of parts) {
    if (!files.some((file) => file.includes(part))) throw new Refusal(`no test file's path contains "${part}"`);
  }
  const chosen = parts.length === 0 ? files : files.filter((file) => parts.some((part) => file.includes(part)));
  if (chosen.length === 0) throw new Refusal(`no test files under ${path.join(root, 'test')}`);
  return chosen;
}

/** Without this line, in this very form, a failing file exits 0. */
async function requireClosingLine(root, files) {
  const bad = [];
  for (const file of files) {
    if (!CLOSING_LINE.test(await readFile(path.join(root, file), 'utf8'))) bad.push(file);
  }
  if (bad.length > 0) {
    throw new Refusal(`not ending in \`export default tap.start({ throwOnError: true });\`:\n  ${bad.join('\n  ')}`);
  }
}

/** Resolves to the exit code; a signal counts as 1, and is passed on, so that what comes after (clean-up) is done. */
function run(args, { root, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function main() {
  const { values, positionals } = readOptions();
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const root = path.resolve(values.root);
  const limitMs = Number(values.limit ?? (values.long ? 1800 : 120)) * 1000;
  if (!(limitMs > 0)) throw new Refusal(`--limit takes a positive number of seconds, not "${values.limit}"`);
  const files = await findFiles(root, { long: values.long, parts: positionals });
  await requireClosingLine(root, files);
  console.log(`running ${files.length} test file${files.length === 1 ? '' : 's'}`);

  // NODE_TEST_CONTEXT of an outer runner would make the inner one run nothing and pass.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  env.ROUTEMETER_TEST_FILE_LIMIT_MS = String(limitMs);
  const tsx = ['--import', import.meta.resolve('tsx')];
  const nodeArgs = [
    ...['--import', new URL('test-guard.mjs', import.meta.url).href],
    // A little later than the guard's limit: the guard can say why, this one only cuts.
    ...['--test', '--test-concurrency=2', `--test-timeout=${limitMs + 10_000}`],
    `--test-reporter=${new URL('test-reporter.mjs', import.meta.url).href}`,
    ...['--test-reporter-destination=stdout', ...files],
  ];
  if (!values.coverage) return run([...tsx, ...nodeArgs], { root, env });

  const temp = await mkdtemp(path.join(os.tmpdir(), 'routemeter-coverage-'));
  try {
    const coverage = await measure(root, temp);
    return await run([...coverage.c8, process.execPath, ...tsx, ...coverage.nodeArgs, ...nodeArgs], {
      root,
      env: { ...env, ...coverage.env },
    });
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`test: ${error.message}`);
  process.exitCode = 1;
}
