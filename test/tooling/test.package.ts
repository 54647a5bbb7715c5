import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { runTimePackages } from '../helpers/package/closure.js';
import { installPacked } from '../helpers/package/consumer.js';
import type { IChild } from '../helpers/package/consumer.js';

const project = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

interface IManifest {
  version: string;
  bin: { routemeter: string };
  dependencies: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
  sideEffects: string[];
  scripts: Record<string, string>;
}
const manifest = JSON.parse(await readFile(path.join(project, 'package.json'), 'utf8')) as IManifest;

/** What the architecture promises of each entry; there may be more. */
const PROMISED: Record<string, string[]> = {
  '.': ['MetricsManager', 'MetricsAwareProxy', 'proxyStats', 'dnsStats'],
  './dns': ['MetricsAwareDns'],
  './prometheus': ['PrometheusExporter'],
  './ops': ['OpsServer', 'OpsHandler', 'statsSchema'],
  './embedded': ['EmbeddedProxy'],
  './dcrouter': ['observeRouter'],
};
/** Runs in browsers only; test/dashboard looks into it. */
const BROWSER_ENTRY = './dashboard';
const ALL_ENTRIES = [...Object.keys(PROMISED), BROWSER_ENTRY];
const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0'];

const PACKED_BYTES_AT_MOST = 1_500_000;
const UNPACKED_BYTES_AT_MOST = 6_000_000;

const specifierOf = (entry: string): string => `routemeter${entry.slice(1)}`;

if (!existsSync(path.join(project, 'dist_ts'))) throw new Error('dist_ts/ is missing: npm run build');
const consumer = await installPacked(project, [...Object.keys(manifest.dependencies), '@types/node']);
const node = (args: string[], env?: Record<string, string>): Promise<IChild> =>
  consumer.run(process.execPath, args, env);

function passed({ code, stdout, stderr }: IChild): string {
  assert.equal(code, 0, `${stderr}${stdout}`);
  assert.equal(stderr, '');
  return stdout;
}

tap.test(
  'every entry can be imported from the packed package, with the names it promises, and does nothing',
  async () => {
    const entries = Object.entries(manifest.exports).flatMap(([entry, to]) => (typeof to === 'string' ? [] : [entry]));
    assert.deepEqual(entries.toSorted(), ALL_ENTRIES.toSorted());
    for (const entry of Object.keys(PROMISED)) {
      // The process must end by itself: an entry that opens something on import would hold it.
      const script = `console.log(JSON.stringify(Object.keys(await import('${specifierOf(entry)}'))))`;
      const names = JSON.parse(passed(await node(['--input-type=module', '--eval', script]))) as string[];
      console.log(`${specifierOf(entry)}: ${names.join(', ')}`);
      for (const name of PROMISED[entry] ?? []) expect(names).toContain(name);
    }
  },
);

tap.test('package.json is exported, and nothing beside the entries is', async () => {
  const script = `
    const { default: manifest } = await import('routemeter/package.json', { with: { type: 'json' } });
    const inner = await import('routemeter/dist_ts/shared/errors.js').catch((error) => error);
    console.log(manifest.version, inner.code);`;
  const { code, stdout, stderr } = await node(['--no-warnings', '--input-type=module', '--eval', script]);
  assert.equal(stderr, '');
  assert.equal(stdout.trim(), `${manifest.version} ERR_PACKAGE_PATH_NOT_EXPORTED`);
  assert.equal(code, 0);
});

tap.test('types come first in every entry, and what an entry names is there', async () => {
  for (const to of Object.values(manifest.exports)) {
    if (typeof to === 'string') continue;
    assert.deepEqual(Object.keys(to), ['types', 'default']);
    for (const file of Object.values(to)) assert.ok((await stat(path.join(consumer.installed, file))).isFile(), file);
  }
});

tap.test('every compiled file has its declaration and source maps, whose sources are in the package', async () => {
  const files = await readdir(path.join(consumer.installed, 'dist_ts'), { recursive: true });
  const compiled = files.filter((file) => file.endsWith('.js') && !file.startsWith('ops/dashboard/'));
  expect(compiled.length).toBeGreaterThan(10);
  for (const file of compiled) {
    const base = file.replace(/\.js$/, '');
    expect(files).toContain(`${base}.d.ts`);
    for (const map of [`${base}.js.map`, `${base}.d.ts.map`]) {
      const at = path.join(consumer.installed, 'dist_ts', map);
      const { sources } = JSON.parse(await readFile(at, 'utf8')) as { sources: string[] };
      expect(sources.length).toEqual(1);
      assert.ok(existsSync(path.resolve(path.dirname(at), sources[0] ?? '')), `${map}: ${sources.join()}`);
      assert.ok(existsSync(path.join(consumer.installed, 'ts', `${base}.ts`)), `${file} has no source: a stale build`);
    }
  }
});

tap.test('the package holds what its users need, and nothing of our workshop', async () => {
  const top = await readdir(consumer.installed);
  for (const name of ['readme.md', 'readme.metrics.md', 'changelog.md', 'license', 'deploy'])
    expect(top).toContain(name);
  for (const name of ['test', 'scripts', 'bench', '.cache', 'coverage', '.ci', 'node_modules']) {
    expect(top).not.toContain(name);
  }
  for (const file of manifest.sideEffects) assert.ok(existsSync(path.join(consumer.installed, file)), file);
});

tap.test('its declarations compile for a strict user who has @types/node and the run-time dependencies', async () => {
  const imports = ALL_ENTRIES.map((entry, index) => `import * as e${index} from '${specifierOf(entry)}';`);
  const uses = ALL_ENTRIES.map((_, index) => `void e${index};`);
  uses.push(`document.createElement('routemeter-dashboard').src = '/';`);
  const file = path.join(consumer.root, 'consumer.ts');
  await writeFile(file, [...imports, ...uses].join('\n'));
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
    // A module's types are looked for there too: those of our own development tools must not be found.
    typeRoots: [path.join(consumer.root, 'node_modules/@types')],
  });
  // Declarations of our dependencies are theirs to keep.
  const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(consumer.root));
  expect(files.length).toBeGreaterThan(ALL_ENTRIES.length);
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...files.flatMap((one) => [...program.getSyntacticDiagnostics(one), ...program.getSemanticDiagnostics(one)]),
  ];
  const told = found.map(
    (one) => `${one.file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(one.messageText, '\n')}`,
  );
  assert.deepEqual(told, []);
});

tap.test('the command tells its version, and can be run as a program', async () => {
  const bin = path.join(consumer.installed, manifest.bin.routemeter);
  expect(await readFile(bin, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(((await stat(bin)).mode & 0o111) !== 0).toBeTrue();
  assert.equal(passed(await consumer.run(bin, ['--version'])).trim(), manifest.version);
});

tap.test('run-time dependencies run no script when installed, and their licences are allowed', async () => {
  const installed = await runTimePackages(project);
  for (const { name, version, licence } of installed) console.log(`${name} ${version}: ${licence}`);
  expect(installed.length).toBeGreaterThan(Object.keys(manifest.dependencies).length - 1);
  const running = installed.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
  assert.deepEqual(running, []);
  const others = installed
    .filter(({ licence }) => !LICENCES.includes(licence))
    .map(({ name, licence }) => `${name}: ${licence}`);
  assert.deepEqual(others, []);
});

tap.test('installing the package itself runs no script', async () => {
  const scripts = Object.keys(manifest.scripts);
  assert.deepEqual(scripts.filter((name) => /^(pre|post)?install$|^prepare$/.test(name)), []); // prettier-ignore
  expect(await readdir(consumer.installed)).not.toContain('binding.gyp');
});

tap.test('the package is small', async () => {
  const { size, unpackedSize, entryCount } = consumer.packed;
  const kB = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
  console.log(`routemeter: ${kB(size)} packed, ${kB(unpackedSize)} in ${entryCount} files`);
  // A tenth of what its dependencies take; a test, a source map of the dashboard or a cache that slips in is seen.
  assert.ok(size <= PACKED_BYTES_AT_MOST && unpackedSize <= UNPACKED_BYTES_AT_MOST, `${size}, ${unpackedSize} bytes`);
});

tap.test('the lock names no registry', async () => {
  expect(await readFile(path.join(project, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"/);
});

tap.test('the consuming project is removed', async () => {
  await consumer.remove();
  expect(existsSync(consumer.root)).toBeFalse();
});

export default tap.start({ throwOnError: true });
