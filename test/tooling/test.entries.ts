import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tap } from '@push.rocks/tapbundle';
import { installPacked } from '../helpers/package/consumer.js';
import type { IChild } from '../helpers/package/consumer.js';

const project = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const manifest = JSON.parse(await readFile(path.join(project, 'package.json'), 'utf8')) as {
  bin: { routemeter: string };
  dependencies: Record<string, string>;
  exports: Record<string, { default: string }>;
};

/**
 * By entry: the most packages that it loads, and the most CPU time, in ms, that a start with it takes beyond a start of
 * node alone. The core's budget is 30 ms of time on a quiet machine. Held to here is CPU time, which other work on the
 * machine moves less, and four times what was measured: a machine that is busy or slow must not fail, a dependency that
 * slips in (50 ms and more each, and a package more) may.
 */
const BOUNDS: Readonly<Record<string, readonly [packages: number, cpuMs: number]>> = {
  '.': [10, 150],
  './dns': [4, 180],
  './prometheus': [6, 200],
  './ops': [12, 750],
  './embedded': [4, 240],
  './dcrouter': [12, 800],
  './cli': [4, 120],
};
const STARTS = 5;
const NOT_IN_CORE = ['zod', 'hono', '@hono/node-server', 'prom-client', 'commander', '@push.rocks/smartdns'];
const DASHBOARD_BYTES_AT_MOST = 300_000;

if (!existsSync(path.join(project, 'dist_ts'))) throw new Error('dist_ts/ is missing: npm run build');
const consumer = await installPacked(project, Object.keys(manifest.dependencies));
const entries = Object.keys(BOUNDS).filter((entry) => entry !== './cli');

function passed({ code, stdout, stderr }: IChild): string {
  assert.equal(code, 0, `${stderr}${stdout}`);
  assert.equal(stderr, '');
  return stdout;
}

/** What node is to run, with what is wanted before it. */
const argumentsOf = (entry: string, before: readonly string[] = []): string[] =>
  entry === './cli'
    ? [...before, path.join(consumer.installed, manifest.bin.routemeter), '--version']
    : [...before, '--input-type=module', '--eval', entry === '' ? '' : `await import('routemeter${entry.slice(1)}')`];

const loaded = path.join(consumer.root, 'loaded.txt');
const loadHook = new URL('../helpers/package/loaded.mjs', import.meta.url).href;

async function packagesOf(entry: string): Promise<string[]> {
  await writeFile(loaded, '');
  passed(
    await consumer.run(process.execPath, argumentsOf(entry, ['--import', loadHook]), { ROUTEMETER_LOADED: loaded }),
  );
  const urls = (await readFile(loaded, 'utf8')).split('\n');
  const names = urls.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? '');
  return [...new Set(names)].filter((name) => name !== '').sort();
}

const spentHook = `data:text/javascript,${encodeURIComponent(`
  import { writeFileSync } from 'node:fs';
  process.once('exit', () => {
    const { user, system } = process.cpuUsage();
    writeFileSync(${JSON.stringify(path.join(consumer.root, 'spent.txt'))}, String((user + system) / 1000));
  });`)}`;

/** CPU time and time of one start, ms. */
async function startOf(entry: string): Promise<{ cpu: number; wall: number }> {
  const begun = performance.now();
  passed(await consumer.run(process.execPath, argumentsOf(entry, ['--import', spentHook])));
  const wall = performance.now() - begun;
  return { cpu: Number(await readFile(path.join(consumer.root, 'spent.txt'), 'utf8')), wall };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

tap.test('each entry of the package is measured here, and the dashboard is a file of its own', async () => {
  const browser = manifest.exports['./dashboard']?.default ?? '';
  const { size } = await stat(path.join(consumer.installed, browser));
  console.log(`./dashboard, for browsers: ${size} bytes in one file`);
  assert.ok(size <= DASHBOARD_BYTES_AT_MOST, `${size} bytes`);
  const exported = Object.keys(manifest.exports).filter((entry) => !['./dashboard', './package.json'].includes(entry));
  assert.deepEqual(entries.toSorted(), exported.toSorted());
});

tap.test('each entry loads few packages, and the core none that only another entry needs', async () => {
  for (const [entry, [most]] of Object.entries(BOUNDS)) {
    const packages = await packagesOf(entry);
    console.log(`${entry}: ${packages.length} of at most ${most}: ${packages.join(', ')}`);
    assert.ok(packages.includes('routemeter') && packages.length <= most, entry);
    if (entry === '.') for (const name of NOT_IN_CORE) assert.ok(!packages.includes(name), name);
    // Seen to see: packages that are imported, and those that a package requires from within.
    if (entry === './prometheus') assert.ok(packages.includes('prom-client') && packages.includes('tdigest'));
  }
});

tap.test('each entry starts quickly', async () => {
  const all = ['', ...Object.keys(BOUNDS)];
  const starts = new Map(all.map((entry) => [entry, [] as { cpu: number; wall: number }[]]));
  // In turn, so that what else the machine does meets all of them.
  for (let round = 0; round < STARTS; round++) for (const entry of all) starts.get(entry)?.push(await startOf(entry));
  const beyond = (entry: string, what: 'cpu' | 'wall'): number => {
    const bare = starts.get('') ?? [];
    return median((starts.get(entry) ?? []).map((one, round) => one[what] - (bare[round]?.[what] ?? NaN)));
  };
  for (const [entry, [, most]] of Object.entries(BOUNDS)) {
    const [cpu, wall] = [beyond(entry, 'cpu'), beyond(entry, 'wall')];
    console.log(`${entry}: ${cpu.toFixed(1)} ms of CPU of at most ${most}, ${wall.toFixed(1)} ms, beyond node alone`);
    assert.ok(cpu > 0 && cpu <= most, `${entry}: ${cpu} ms of CPU`);
  }
});

tap.test('the consuming project is removed', async () => {
  await consumer.remove();
  assert.ok(!existsSync(consumer.root));
});

export default tap.start({ throwOnError: true });
