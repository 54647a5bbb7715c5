import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TESTS_OF } from './folders.js';
import { describeMutant } from './operators.js';
import { mutate } from './run.js';
import { reportOf } from './report.js';

const USAGE = `usage: npm run test:mutation -- [--folder NAME ...] [--sample N] [--seed N] [--budget SECONDS]
                                [--tests PART ...] [--only FILE:LINE ...]

Changes the code in small wrong ways, in a copy, and looks whether a test fails.

  --folder NAME     ${Object.keys(TESTS_OF).join(', ')} (default: each of them)
  --sample N        how many mutants of a folder (default: 60)
  --seed N          which ones (default: 1)
  --budget SECONDS  for a folder: no mutant is begun after that (default: 600)
  --tests PART      only tests whose path contains PART
  --only FILE:LINE  only mutants whose place contains this text`;

const project = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

function refuse(message: string): never {
  console.error(`${message}\n(npm run test:mutation -- --help tells more)`);
  process.exit(2);
}

function read(): ReturnType<typeof parse> {
  try {
    return parse();
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const parse = () =>
  parseArgs({
    options: {
      folder: { type: 'string', multiple: true, default: Object.keys(TESTS_OF) },
      sample: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      budget: { type: 'string', default: '600' },
      tests: { type: 'string', multiple: true },
      only: { type: 'string', multiple: true },
      help: { type: 'boolean', default: false },
    },
  });
const { values } = read();
const unknown = values.folder.find((folder) => TESTS_OF[folder] === undefined);
if (unknown !== undefined) refuse(`--folder takes ${Object.keys(TESTS_OF).join(', ')}, not ${unknown}`);

function numberOf(name: 'sample' | 'seed' | 'budget'): number {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < 0) refuse(`--${name} takes a whole number, not ${values[name]}`);
  return number;
}

if (values.help) {
  console.log(USAGE);
} else {
  const listed = await readFile(path.join(project, 'test/mutation/survivors.md'), 'utf8');
  for (const folder of values.folder) {
    const tests = values.tests ?? TESTS_OF[folder] ?? [];
    const tell = (line: string): void => console.log(`${folder}: ${line}`);
    const seed = numberOf('seed');
    const options = { project, folder, tests, seed, sample: numberOf('sample'), budgetSeconds: numberOf('budget') };
    const { all, verdicts } = await mutate({ ...options, only: values.only, tell });
    const report = reportOf(verdicts, listed);
    for (const { mutant } of report.unlisted) tell(`survived at line ${mutant.line}: ${describeMutant(mutant)}`);
    tell(`${report.text}, of ${all} mutants, seed ${seed}`);
  }
}
