import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tap } from '@push.rocks/tapbundle';
import ts from 'typescript';
import { TESTS_OF } from './folders.js';
import { describeMutant, mutantsOf, mutated } from './operators.js';

const project = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Statements inside a function, and the lines that it becomes. */
const CASES: readonly (readonly [code: string, mutants: readonly string[]])[] = [
  ['if (a < b) c();', ['if (true) c();', 'if (false) c();', 'if (a <= b) c();', 'if (a >= b) c();', 'if (a < b) ;']],
  ['return a === b;', ['return;', 'return a !== b;']],
  ['return a && !b;', ['return;', 'return a || !b;', 'return a && b;']],
  ['return a ?? b;', ['return;', 'return a;']],
  ['return a[0] ?? 1;', ['return;', 'return a[(0 + 1)] ?? 1;']],
  ['return undefined;', []],
  ['return a ? true : 7;', ['return;', 'return true ? true : 7;', 'return false ? true : 7;', 'return a ? false : 7;', 'return a ? true : (7 + 1);']],
  ['a += -b;', [';', 'a -= -b;', 'a += b;']],
  ['a ??= b++;', [';', 'a = b++;', 'a ??= b--;']],
  ['while (a) break;', ['while (false) break;', 'while (a) ;']],
  ['for (const x of a) continue;', ['for (const x of []) continue;', 'for (const x of a) ;']],
  ['throw new E(1 + 1);', [';']],
  ["return 'a' + b;", ['return;']],
  ['const a: 1 | true = b as 2;', []],
]; // prettier-ignore

tap.test('each operator makes the changes that it says, and no other', async () => {
  for (const [code, expected] of CASES) {
    const text = `function f() { ${code} }`;
    const found = mutantsOf('x.ts', text).map((mutant) => mutated(text, mutant));
    assert.deepEqual(found, expected.map((one) => `function f() { ${one} }`), code); // prettier-ignore
  }
});

tap.test('a mutant knows the functions that it stands in, by the names that V8 has for them', async () => {
  const text = `class C {
    constructor() { a(); }
    get #b() { return list.map((x) => x + 1); }
    #c = () => { d(); };
  }
  const e = () => { function f() { g(); } };
  h();`;
  const names = mutantsOf('x.ts', text).map(({ original, functions }) => `${original} ${functions.join(' ')}`);
  for (const expected of ['a(); C', '+ get #b', 'd(); #c', 'g(); f e', 'h(); ']) assert.ok(names.includes(expected), expected); // prettier-ignore
});

tap.test('a description says where and what, in one line, whatever its line number', async () => {
  const [removed, swapped] = mutantsOf('ts/x.ts', 'function f() {\n  a(b <\n    c);\n}');
  assert.equal(describeMutant(removed ?? assert.fail()), '`ts/x.ts`: `a(b < c);` to `;` in `a(b <`');
  assert.equal(describeMutant(swapped ?? assert.fail()), '`ts/x.ts`: `<` to `<=` in `a(b <`');
});

tap.test('there are mutants in each file that does something, and each of them is a program', async () => {
  for (const folder of Object.keys(TESTS_OF)) {
    const files = (await readdir(path.join(project, 'ts', folder), { recursive: true })).filter((file) => file.endsWith('.ts')); // prettier-ignore
    assert.ok(files.length > 10);
    let count = 0;
    for (const file of files) {
      const text = await readFile(path.join(project, 'ts', folder, file), 'utf8');
      const mutants = mutantsOf(file, text);
      count += mutants.length;
      // One in each file that is tried as a whole: all of them would take minutes.
      for (const mutant of mutants.filter((_mutant, index) => index % 60 === 0)) {
        const { diagnostics = [] } = ts.transpileModule(mutated(text, mutant), { reportDiagnostics: true });
        assert.deepEqual(diagnostics.map(({ messageText }) => messageText), [], describeMutant(mutant)); // prettier-ignore
      }
    }
    console.log(`${folder}: ${count} mutants`);
    assert.ok(count > 500, folder);
  }
});

export default tap.start({ throwOnError: true });
