import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const project = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const runner = path.join(project, 'scripts/test.mjs');

const IMPORT = `import { tap, expect } from '@push.rocks/tapbundle';\n`;
const CLOSING = `export default tap.start({ throwOnError: true });\n`;
const PASSING = `${IMPORT}tap.test('adds', async () => { expect(1 + 1).toEqual(2); });\n${CLOSING}`;
const FAILING = `${IMPORT}tap.test('subtracts', async () => { expect(2 - 1).toEqual(2); });\n${CLOSING}`;

interface IRun {
  code: number;
  output: string;
}

/** Runs the runner on a temporary project with these files under test/, or ts/ where they say so. */
async function runOn(files: Record<string, string>, ...args: string[]): Promise<IRun> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'routemeter-runner-'));
  try {
    await symlink(path.join(project, 'node_modules'), path.join(root, 'node_modules'));
    await writeFile(path.join(root, 'package.json'), '{ "type": "module" }');
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(root, name.startsWith('ts/') ? name : `test/${name}`);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    return await run('--root', root, ...args);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** As a child of node's test runner always is: with the variable that makes an inner runner run nothing. */
async function run(...args: string[]): Promise<IRun> {
  const env = { ...process.env, NODE_TEST_CONTEXT: 'child-v8' };
  return new Promise((resolve) => {
    execFile(process.execPath, [runner, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
    });
  });
}

tap.test('a passing file is counted, run and passed', async () => {
  const { code, output } = await runOn({ 'deep/test.adds.ts': PASSING });
  expect(output).toMatch(/^running 1 test file\n/);
  expect(output).toMatch(/ok 1 - adds/);
  expect(output).toMatch(/^# tests 1$/m);
  expect(output).toMatch(/^# pass 1$/m);
  expect(output).toMatch(/^# fail 0$/m);
  expect(code).toEqual(0);
});

tap.test('no file at all is a failure, whether or not there is a folder', async () => {
  for (const files of [{}, { 'helpers/wait.ts': PASSING, 'long.soak.ts': PASSING }]) {
    const { code, output } = await runOn(files);
    expect(output).toMatch(/no test files under/);
    expect(code).toEqual(1);
  }
});

tap.test('a filter that finds nothing is a failure, beside one that finds something too', async () => {
  const { code, output } = await runOn({ 'test.adds.ts': PASSING }, 'adds', 'multiplies');
  expect(output).toMatch(/no test file's path contains "multiplies"/);
  expect(code).toEqual(1);
});

tap.test('a file without the closing line is refused before anything runs', async () => {
  for (const ending of [
    'export default tap.start();\n',
    'tap.start({ throwOnError: true });\n',
    `// ${CLOSING}`,
    `${CLOSING}let x;\n`,
  ]) {
    const { code, output } = await runOn({ 'test.adds.ts': PASSING, 'test.bad.ts': PASSING.replace(CLOSING, ending) });
    expect(output).toMatch(/not ending in `export default tap\.start[^]*test\/test\.bad\.ts/);
    expect(output).not.toMatch(/ok 1 - adds/);
    expect(code).toEqual(1);
  }
});

tap.test('the closing line may lack its semicolon and its newline', async () => {
  const { code } = await runOn({ 'test.adds.ts': PASSING.replace(/;\n$/, '') });
  expect(code).toEqual(0);
});

tap.test('a failing file fails the run and shows which assertion failed', async () => {
  const { code, output } = await runOn({ 'test.adds.ts': PASSING, 'test.subtracts.ts': FAILING });
  expect(output).toMatch(
    /failing files:[^]*test\/test\.subtracts\.ts[^]*not ok 1 - subtracts[^]*Expected value to equal 2/,
  );
  expect(output).toMatch(/^# pass 1$/m);
  expect(output).toMatch(/^# fail 1$/m);
  expect(code).toEqual(1);
});

tap.test('a process that ends before its tests do fails', async () => {
  const never = PASSING.replace('expect(1 + 1).toEqual(2);', 'await new Promise(() => undefined);');
  const { code, output } = await runOn({ 'test.adds.ts': never });
  expect(output).toMatch(/ended before these tests did[^]*adds/);
  expect(code).toEqual(1);
});

tap.test('a file without a test, or with an exclusive one, fails', async () => {
  const empty = await runOn({ 'test.adds.ts': `${IMPORT}${CLOSING}` });
  expect(empty.output).toMatch(/this file ran no test/);
  expect(empty.code).toEqual(1);
  const only = await runOn({ 'test.adds.ts': PASSING.replace('tap.test', 'tap.only.test') });
  expect(only.output).toMatch(/tap\.only/);
  expect(only.code).toEqual(1);
});

tap.test('a file that never ends is cut, fails, and tells what was running', async () => {
  const open = PASSING.replace('expect(1 + 1).toEqual(2);', 'setInterval(() => undefined, 1000);');
  const hanging = FAILING.replace(
    'expect(2 - 1)',
    'setInterval(() => undefined, 1000); await new Promise(() => undefined); expect(1)',
  );
  const { code, output } = await runOn({ 'test.open.ts': open, 'test.hanging.ts': hanging }, '--limit', '5');
  expect(output).toMatch(/cut after 5 s: all its tests have ended/);
  expect(output).toMatch(/cut after 5 s: "subtracts" is still running/);
  expect(output).toMatch(/^# fail 2$/m);
  expect(code).toEqual(1);
});

tap.test('--long takes the long files in, and filters choose', async () => {
  const files = { 'test.adds.ts': PASSING, 'long.adds.ts': PASSING, 'test.subtracts.ts': FAILING };
  const { code, output } = await runOn(files, '--long', 'adds');
  expect(output).toMatch(/^running 2 test files\n/);
  expect(code).toEqual(0);
});

tap.test('--coverage counts what ran, as written: unused functions and files are gaps, types are none', async () => {
  const files = {
    'ts/size.ts': [
      'export interface INumber { n: number }',
      'export function size({ n }: INumber): string {',
      '  if (n > 3) {',
      "    return 'big';",
      '  }',
      "  return 'small';",
      '}',
      'export function unused({ n }: INumber): number {',
      '  const twice: number = n * 2;',
      '  return twice;',
      '}',
      'export class Box {',
      '  readonly #value: number;',
      '  constructor(value: number) {',
      '    this.#value = value;',
      '  }',
      '  unused(): number {',
      '    return this.#value;',
      '  }',
      '}',
    ].join('\n'),
    'ts/unloaded.ts': 'export const one = 1;\n',
    'ts/types.ts': '/** Nothing to run. */\nexport interface IOne { one: 1 }\n',
    'test.size.ts': `${IMPORT}import { Box, size } from '../ts/size.js';
      tap.test('small', async () => { new Box(1); expect(size({ n: 1 })).toEqual('small'); });\n${CLOSING}`,
  };
  const { code, output } = await runOn(files, '--coverage');
  assert.match(output, /^# pass 1$[^]*^Lines +: 61.9% \( 13\/21 \)$/m);
  expect(code).toEqual(0);
  expect((await runOn({ 'test.subtracts.ts': FAILING }, '--coverage')).code).toEqual(1);
});

tap.test('--help explains; an unknown option is one clear error', async () => {
  const help = await run('--help');
  expect(help.output).toMatch(/^usage: /);
  expect(help.code).toEqual(0);
  const unknown = await run('--watch');
  expect(unknown.output).toMatch(/^test: Unknown option '--watch'/);
  expect(unknown.code).toEqual(1);
});

export default tap.start({ throwOnError: true });
