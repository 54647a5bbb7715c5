import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tap } from '@push.rocks/tapbundle';
import { ProjectCopy } from './classes.projectcopy.js';
import { describeMutant } from './operators.js';
import { reportOf } from './report.js';
import { mutate } from './run.js';

const project = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const temp = await mkdtemp(path.join(tmpdir(), 'routemeter-mutated-'));
const root = path.join(temp, 'project');
// Its own place for copies: other runs may have theirs.
process.env['TMPDIR'] = path.join(temp, 'copies');

/** What is tested, what is run and not looked at, and what nothing calls. */
const CODE = `export function tested(a: number): boolean {
  return a > 1;
}
export const unseen = (log: number[]): void => {
  log.push(2);
};
export function untested(): number {
  return 3;
}
`;
const TEST = `import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { tested, unseen } from '../../ts/small/small.js';
tap.test('it', async () => {
  assert.deepEqual([tested(1), tested(2)], [false, true]);
  unseen([]);
});
export default tap.start({ throwOnError: true });
`;
const HANGING = `import { tap } from '@push.rocks/tapbundle';
tap.test('it', async () => {
  for (;;);
});
export default tap.start({ throwOnError: true });
`;
const EMPTY = `import { tap } from '@push.rocks/tapbundle';
tap.test('nothing settles what this awaits', async () => {
  await new Promise(() => undefined);
});
export default tap.start({ throwOnError: true });
`;

await mkdir(path.join(temp, 'copies'));
await mkdir(path.join(root, 'ts/small'), { recursive: true });
await mkdir(path.join(root, 'test/small'), { recursive: true });
await cp(path.join(project, 'scripts'), path.join(root, 'scripts'), { recursive: true });
await symlink(path.join(project, 'node_modules'), path.join(root, 'node_modules'));
await writeFile(path.join(root, 'package.json'), '{ "type": "module" }');
await writeFile(path.join(root, 'ts/small/small.ts'), CODE);
await writeFile(path.join(root, 'test/small/test.small.ts'), TEST);

const options = { project: root, folder: 'small', tests: ['test/small/'], seed: 1, budgetSeconds: 300 };
tap.test('what a test looks at is noticed, what it does not survives, and the tree stays as it was', async () => {
  const files = await readdir(root, { recursive: true });
  const { all, verdicts } = await mutate({ ...options, sample: 100 });
  assert.equal(verdicts.length, all);
  const result = Object.fromEntries(verdicts.map(({ mutant, result: told }) => [`${mutant.line} ${mutant.replacement}`, told])); // prettier-ignore
  assert.deepEqual(result, {
    '2 return;': 'killed',
    '2 >=': 'killed',
    '2 <=': 'killed',
    '2 (1 + 1)': 'killed',
    '5 ;': 'survived',
    '5 (2 + 1)': 'survived',
    '8 return;': 'survived',
    '8 (3 + 1)': 'survived',
  });
  assert.deepEqual(await readdir(root, { recursive: true }), files);
  assert.equal(await readFile(path.join(root, 'ts/small/small.ts'), 'utf8'), CODE);
});

tap.test('a sample is the same for the same seed, and only of what was asked for', async () => {
  const chosen = async (seed: number, only?: string[]): Promise<string[]> =>
    (await mutate({ ...options, seed, only, sample: 2 })).verdicts.map(({ mutant }) => describeMutant(mutant));
  const first = await chosen(1, ['small.ts:2']);
  assert.equal(first.length, 2);
  assert.ok(first.every((text) => text.includes('return a > 1')));
  assert.deepEqual(await chosen(1, ['small.ts:2']), first);
});

tap.test('no mutant is begun when the time is over', async () => {
  assert.deepEqual((await mutate({ ...options, sample: 100, budgetSeconds: 0 })).verdicts, []);
});

tap.test('a test that fails without a mutant ends the run: it would kill them all', async () => {
  await writeFile(path.join(root, 'test/small/test.red.ts'), TEST.replace('[false, true]', '[true, true]'));
  await assert.rejects(mutate({ ...options, sample: 1 }), /test\.red\.ts does not pass without a mutant/);
  await rm(path.join(root, 'test/small/test.red.ts'));
  await assert.rejects(mutate({ ...options, tests: ['nowhere'], sample: 1 }), /no test file's path contains nowhere/);
});

tap.test('a test that does not end is cut; one that ends before its tests have is no success', async () => {
  await writeFile(path.join(root, 'test/small/test.hanging.ts'), HANGING);
  await writeFile(path.join(root, 'test/small/test.empty.ts'), EMPTY);
  const copy = await ProjectCopy.of(root);
  const { passed, timedOut } = await copy.test('test/small/test.hanging.ts', 1_000);
  assert.deepEqual({ passed, timedOut }, { passed: false, timedOut: true });
  assert.match((await copy.test('test/small/test.empty.ts', 60_000)).output, /ended before these tests did/);
  assert.equal((await copy.test('test/small/test.small.ts', 60_000)).passed, true);
  copy.remove();
  copy.remove();
});

tap.test('a project that does not compile is refused, and its copy is gone', async () => {
  const broken = path.join(root, 'ts/small/broken.ts');
  await writeFile(broken, 'const = 1;');
  await assert.rejects(mutate({ ...options, sample: 1 }), /broken\.ts/);
  await rm(broken);
  assert.deepEqual(await readdir(path.join(temp, 'copies')), []);
});

tap.test('the score is that of the mutants that are not listed', async () => {
  const mutant = { file: 'ts/x.ts', line: 1, code: 'a + b', from: 2, to: 3, original: '+', replacement: '-', functions: [] }; // prettier-ignore
  const survived = { mutant, result: 'survived', by: null } as const;
  const verdicts = [survived, { mutant, result: 'killed', by: 'a' }, { mutant, result: 'timed out', by: 'a' }] as const;
  const unlisted = reportOf(verdicts, '');
  assert.deepEqual([unlisted.unlisted, unlisted.score], [[survived], 2 / 3]);
  const listed = reportOf(verdicts, '- `ts/x.ts`: `+` to `-` in `a + b`: the sum is not used.');
  assert.deepEqual([listed.unlisted, listed.score], [[], 1]);
  assert.match(listed.text, /^100\.0 %: 2 of 3 noticed \(1 as they did not end\), 1 listed/);
});

tap.test('nothing is left behind', async () => {
  assert.deepEqual(await readdir(path.join(temp, 'copies')), []);
  await rm(temp, { recursive: true });
});

export default tap.start({ throwOnError: true });
