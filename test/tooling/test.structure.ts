import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  checkEntries,
  checkImports,
  checkTests,
  DIRECTIONS,
  findCycles,
  findLongFiles,
} from '../helpers/structure/rules.js';
import type { IPackages } from '../helpers/structure/rules.js';
import { readSources } from '../helpers/structure/source.js';
import type { ISource } from '../helpers/structure/source.js';

const project = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const manifest = JSON.parse(await readFile(path.join(project, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
};
const packages: IPackages = {
  dependencies: Object.keys(manifest.dependencies),
  optionalPeers: Object.keys(manifest.peerDependencies),
};
const sources = await readSources(path.join(project, 'ts'));

/** Reads a tree made of these files. */
async function seed(files: Record<string, string>): Promise<ISource[]> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'routemeter-structure-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(root, name)), { recursive: true });
      await writeFile(path.join(root, name), text);
    }
    return await readSources(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

tap.test('ts/ keeps the import directions, and outside code comes in by the doors', async () => {
  assert.deepEqual(checkImports(sources, packages), []);
});

tap.test('ts/ has no circle of value imports', async () => {
  assert.deepEqual(findCycles(sources), []);
});

tap.test('no file of ts/ is longer than 300 lines', async () => {
  assert.deepEqual(findLongFiles(sources), []);
});

tap.test('every index.ts has named exports only', async () => {
  assert.deepEqual(checkEntries(sources), []);
});

tap.test('every test is one that the runner runs', async () => {
  assert.deepEqual(checkTests(await readSources(path.join(project, 'test'))), []);
});

tap.test('every folder that the rules know is there, so that no rule is about nothing', async () => {
  const there = new Set(sources.map(({ folder }) => folder));
  assert.deepEqual(
    Object.keys(DIRECTIONS).filter((folder) => !there.has(folder)),
    [],
  );
  expect(sources.some(({ imports }) => imports.length > 0)).toBeTrue();
});

tap.test('a tree without files fails', async () => {
  await assert.rejects(seed({ 'readme.md': '' }), /no TypeScript file/);
});

/** A tree in which every target exists, so that only the seeded import is wrong. */
const TARGETS = {
  'plugins.ts': `import { EventEmitter } from 'eventemitter3';\nimport * as net from 'node:net';\nexport { EventEmitter, net };\n`,
  'index.ts': `export { a } from './manager/a.js';\n`,
  'ops/plugins.ts': `import { Hono } from 'hono';\nexport { Hono };\n`,
  'ops/dashboard/plugins.ts': `import { html } from 'lit';\nimport UPlot from 'uplot';\nexport { html, UPlot };\n`,
  ...Object.fromEntries(
    Object.keys(DIRECTIONS)
      .filter((folder) => !folder.endsWith('.ts'))
      .map((folder) => [`${folder}/a.ts`, 'export const a = 1;\nexport interface IA {}\n']),
  ),
};

tap.test('the tree that the bad imports are seeded into is itself good', async () => {
  assert.deepEqual(checkImports(await seed(TARGETS), packages), []);
});

/** Each allowed direction is allowed, and each other one is found, as a value and as a type. */
tap.test('every direction between two folders is judged as the table says', async () => {
  const folders = Object.keys(DIRECTIONS).filter((folder) => !folder.endsWith('.ts'));
  for (const from of folders) {
    const up = from.replace(/[^/]+/g, '..');
    const named = (to: string): string => to.replace('/', '_');
    const others = folders.filter((to) => to !== from);
    const imports = others.map((to) => `import { a as ${named(to)} } from '${up}/${to}/a.js';`);
    const types = others.map((to) => `import type { IA as I${named(to)} } from '${up}/${to}/a.js';`);
    const tree = await seed({ ...TARGETS, [`${from}/b.ts`]: [...imports, ...types].join('\n') });
    const found = checkImports(tree, packages);
    for (const to of others) {
      const told = found.filter((line) => line.endsWith(to === 'interfaces' ? 'hold types only' : `from ${to}`)).length;
      const wanted = to === 'interfaces' ? 1 : DIRECTIONS[from]?.includes(to) ? 0 : 2;
      assert.equal(told, wanted, `${from} → ${to}: ${found.join('\n')}`);
    }
  }
});

const BAD_IMPORTS: Record<string, [file: string, text: string, finding: RegExp]> = {
  'a reader that loads the manager': [
    'ops/b.ts',
    `import { a } from '../manager/a.js';`,
    /ops may not import from manager/,
  ],
  "a reader that names the manager's types": [
    'prometheus/b.ts',
    `import type { IA } from '../manager/a.js';`,
    /not import from manager/,
  ],
  'a re-export against the direction': [
    'proxy/b.ts',
    `export { a } from '../manager/a.js';`,
    /proxy may not import from manager/,
  ],
  'an import type node against it': [
    'dns/b.ts',
    `export type T = import('../manager/a.js').IA;`,
    /dns may not import from manager/,
  ],
  'a dynamic import against it': [
    'stats/b.ts',
    `export const load = () => import('../ops/a.js');`,
    /stats may not import from ops/,
  ],
  'the core entry with an outside part': [
    'index.ts',
    `export { a } from './ops/a.js';`,
    /index\.ts may not import from ops/,
  ],
  'a package beside the door': ['ops/b.ts', `import { Hono } from 'hono';`, /hono comes in by a plugins\.ts only/],
  "a package's type beside the door": [
    'ops/b.ts',
    `import type { Hono } from 'hono';`,
    /hono comes in by a plugins\.ts only/,
  ],
  'a built-in beside the door': [
    'proxy/b.ts',
    `import * as net from 'node:net';`,
    /node:net comes in by a plugins\.ts only/,
  ],
  'a built-in without its prefix': ['proxy/plugins.ts', `import * as net from 'net';`, /net is not in dependencies/],
  'an undeclared package': ['dns/plugins.ts', `import x from 'dns-packet';`, /dns-packet is not in dependencies/],
  'a scoped package by a subpath': [
    'dns/plugins.ts',
    `import x from '@some/where/else.js';`,
    /@some\/where is not in dependencies/,
  ],
  'an optional peer, loaded at once': [
    'cli/plugins.ts',
    `import x from '@push.rocks/smartdns';`,
    /smartdns is not in dependencies/,
  ],
  'an optional peer outside of the CLI': [
    'dns/plugins.ts',
    `export const load = () => import('@push.rocks/smartdns');`,
    /smartdns is not in/,
  ],
  'a computed dynamic import': [
    'cli/plugins.ts',
    `export const load = (name: string) => import(name);`,
    /\(computed\) is not in dependencies/,
  ],
  "a heavy package by the core's door": ['plugins.ts', `export { z } from 'zod';`, /the core does not load zod/],
  'a door used by a neighbour': [
    'dcrouter/b.ts',
    `import { Hono } from '../ops/plugins.js';`,
    /ops\/plugins\.ts is the door of ops alone/,
  ],
  "the core's door in the schemas": [
    'schema/b.ts',
    `import { net } from '../plugins.js';`,
    /schema may not use the core's door/,
  ],
  'a value import of interfaces': [
    'shared/b.ts',
    `import { a } from '../interfaces/a.js';`,
    /interfaces hold types only/,
  ],
  'interfaces that use shared': [
    'interfaces/b.ts',
    `import type { IA } from '../shared/a.js';`,
    /interfaces may not import from shared/,
  ],
  'a way out of ts/': ['shared/b.ts', `import x from '../../package.json';`, /not a file of ts/],
  "the dashboard's door used by the server": [
    'ops/b.ts',
    `import { html } from './dashboard/plugins.js';`,
    /ops may not import from ops\/dashboard/,
  ],
  "the core's door in the dashboard": [
    'ops/dashboard/b.ts',
    `import { net } from '../../plugins.js';`,
    /ops\/dashboard may not use the core's door/,
  ],
  "a package beside the dashboard's door": [
    'ops/dashboard/views/b.ts',
    `import { html } from 'lit';`,
    /lit comes in by a plugins\.ts only/,
  ],
  "a run-time dependency in the dashboard's door": [
    'ops/dashboard/plugins.ts',
    `import { Hono } from 'hono';`,
    /hono is not bundled/,
  ],
  'a bundled package in another door': ['ops/plugins.ts', `import { html } from 'lit';`, /lit is not in dependencies/],
  "node's types in the dashboard": [
    'ops/dashboard/b.ts',
    `import type { Socket } from 'node:net';`,
    /node:net is not there in a browser/,
  ],
  'a folder without a rule': ['extra/b.ts', `export const b = 1;`, /no rule knows extra/],
};
for (const [what, [file, text, finding]] of Object.entries(BAD_IMPORTS)) {
  tap.test(`found: ${what}`, async () => {
    const found = checkImports(await seed({ ...TARGETS, [file]: `${text}\n` }), packages);
    assert.match(found.join('\n'), finding);
    assert.equal(found.length, 1, found.join('\n'));
  });
}

tap.test('allowed: types of interfaces and of node anywhere, the CLI loading a peer on use', async () => {
  const found = checkImports(
    await seed({
      ...TARGETS,
      'schema/b.ts': `import type { IA } from '../interfaces/a.js';\nimport type { Socket } from 'node:net';\n`,
      'cli/plugins.ts': `export const loadSmartDns = () => import('@push.rocks/smartdns');\n`,
    }),
    packages,
  );
  assert.deepEqual(found, []);
});

tap.test('found: a circle of value imports, of any length; types make none', async () => {
  const circle = await seed({
    'a/one.ts': `import { two } from '../b/two.js';\nexport const one = () => two;\n`,
    'b/two.ts': `export { three as two } from './three.js';\n`,
    'b/three.ts': `import { one } from '../a/one.js';\nexport const three = one;\n`,
    'c/self.ts': `import type { T } from './other.js';\nexport type S = T;\n`,
    'c/other.ts': `import type { S } from './self.js';\nexport type T = S;\n`,
  });
  assert.deepEqual(findCycles(circle), ['a/one.ts → b/two.ts → b/three.ts → a/one.ts']);
});

tap.test('found: a file of 301 lines, not one of 300', async () => {
  const tree = await seed({ 'a/long.ts': 'export {};\n'.repeat(301), 'a/fits.ts': 'export {};\n'.repeat(300) });
  assert.deepEqual(findLongFiles(tree), ['a/long.ts: 301 lines, at most 300']);
});

tap.test('found: an entry that exports without naming, a default, or does something', async () => {
  const tree = await seed({
    'a/index.ts': `export * from './b.js';\n`,
    'b/index.ts': `export * as b from './b.js';\n`,
    'c/index.ts': `export { c as default } from './c.js';\n`,
    'd/index.ts': `export default 1;\n`,
    'e/index.ts': `import { e } from './e.js';\ne();\n`,
    'f/index.ts': `export const f = 1;\n`,
    'g/index.ts': `import { g } from './g.js';\nexport { g };\nexport type { IG } from './g.js';\n`,
    'cli/index.ts': `void 0;\n`,
  });
  assert.deepEqual(
    checkEntries(tree).map((line) => line.split(':').slice(0, 2).join(':')),
    ['a/index.ts:1', 'b/index.ts:1', 'c/index.ts:1', 'd/index.ts:1', 'e/index.ts:2', 'f/index.ts:1'],
  );
});

tap.test('found: tests that the runner would not run', async () => {
  const tree = await seed({
    'test.a.ts': `tap.skip.test('a', async () => {});\nexport default tap.start({ throwOnError: true });\n`,
    'b/long.b.ts': `tap.only.test('b', async () => {});\nexport default tap.start({ throwOnError: true });\n`,
    'c.test.ts': `export default tap.start({ throwOnError: true });\n`,
  });
  assert.deepEqual(checkTests(tree), [
    'b/long.b.ts: uses tap.only',
    'c.test.ts: the runner looks for test.*.ts and long.*.ts',
    'test.a.ts: uses tap.skip',
  ]);
});

export default tap.start({ throwOnError: true });
