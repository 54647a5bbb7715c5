import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tap } from '@push.rocks/tapbundle';
import { TESTS_OF } from './folders.js';
import { describeMutant } from './operators.js';
import { reportOf } from './report.js';
import { mutate } from './run.js';

const SAMPLE = 40;
const BUDGET_SECONDS = 360;
/** Another sample each time; what is printed repeats it: `npm run test:mutation -- --folder … --seed …`. */
const SEED = Number(process.env['MUTATION_SEED'] ?? Date.now() % 2 ** 31);
/** Of a sample, so that a few that no one has looked at yet do not fail the run: they are printed. */
const SCORE_AT_LEAST = 0.5;

const folder = path.dirname(fileURLToPath(import.meta.url));

for (const [name, tests] of Object.entries(TESTS_OF)) {
  tap.test(`${name}: most small wrong changes are noticed (seed ${SEED})`, async () => {
    const project = path.resolve(folder, '../..');
    const options = { project, folder: name, tests, sample: SAMPLE, seed: SEED, budgetSeconds: BUDGET_SECONDS };
    const { verdicts } = await mutate(options);
    const report = reportOf(verdicts, await readFile(path.join(folder, 'survivors.md'), 'utf8'));
    for (const { mutant } of report.unlisted) console.log(`survived at line ${mutant.line}: ${describeMutant(mutant)}`);
    console.log(`${name}: ${report.text}`);
    // A machine so slow that an eighth of the sample does not fit says nothing about the tests.
    assert.ok(verdicts.length >= SAMPLE / 8, `only ${verdicts.length} mutants were tried`);
    assert.ok(report.score >= SCORE_AT_LEAST, report.text);
  });
}

export default tap.start({ throwOnError: true });
