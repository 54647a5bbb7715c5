import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMet, lineOf, median, quantile, spread } from '../../bench/harness/figures.js';
import { svgOf } from '../../bench/harness/plot.js';
import { type IReport, pictureOf, reports, withReport } from '../../bench/harness/results.js';
import { tableOf } from '../examples/markdown.js';

const project = fileURLToPath(new URL('../../', import.meta.url));
const results = path.join(project, 'bench/results');
const readme = readFileSync(path.join(project, 'readme.md'), 'utf8');
const names = readdirSync(path.join(project, 'bench'))
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.replace('.ts', ''));

interface IEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const node = (...args: string[]): Promise<IEnd> =>
  new Promise((resolve) => {
    const options = { cwd: project, timeout: 30_000 };
    execFile(process.execPath, ['--import', 'tsx', ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

const REPORT: IReport = {
  name: 'some',
  title: 'something',
  takenOn: '2026-01-01',
  machine: 'one machine',
  settings: { rounds: 7, seconds: 1 },
  tables: [{ title: 'A table', columns: ['a', 'b'], rows: [['x', '1']] }],
  figures: [{ name: 'speed', measured: 1.5, atLeast: 2 }],
  notes: ['A note.'],
};

tap.test('what the readme shows of a benchmark is what its last whole run wrote', async () => {
  const shown = [...readme.matchAll(/^<!-- bench ([\w-]+) -->$/gm)].map(([, name]) => name);
  assert.ok(shown.length > 0, 'the readme shows no benchmark');
  const written = reports();
  for (const name of shown) {
    if (written.some((report) => report.name === name)) continue;
    // Without a whole run nothing is claimed.
    assert.ok(readme.includes(`<!-- bench ${name} -->\n<!-- /bench -->`), `there is no result of ${name}`);
  }
  for (const report of written) assert.equal(withReport(readme, report), readme, `${report.name}: the readme is older`);
});

tap.test('its plots are those of the same run, and none is left of an earlier one', async () => {
  const plots = reports().flatMap((report) => report.plots ?? []);
  for (const plot of plots) assert.equal(readFileSync(path.join(project, pictureOf(plot)), 'utf8'), svgOf(plot));
  const files = readdirSync(path.join(project, 'docs')).filter((file) => file.startsWith('bench-'));
  assert.deepEqual(files.map((file) => `docs/${file}`).toSorted(), plots.map(pictureOf).toSorted());
});

tap.test('bench/README.md tells of every benchmark', async () => {
  const told = tableOf(readFileSync(path.join(project, 'bench/README.md'), 'utf8'), 'benchmark');
  assert.deepEqual(told.map(([name]) => name?.replaceAll('`', '')).toSorted(), names.toSorted());
});

tap.test('the runner knows every benchmark and no other name', async () => {
  const { code, stdout } = await node('bench/run.ts', '--help');
  assert.equal(code, 0);
  for (const name of names) assert.ok(stdout.includes(name), name);
  const unknown = await node('bench/run.ts', 'nothing');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /there is no benchmark nothing/);
  const bad = await node('bench/run.ts', 'recording', '--rounds', 'many');
  assert.deepEqual([bad.code, /--rounds must be a number/.test(bad.stderr)], [1, true]);
});

tap.test('a figure that is missed fails a check, its line stands last; a short run writes nothing', async () => {
  mkdirSync(path.join(project, '.cache'), { recursive: true });
  const folder = mkdtempSync(path.join(project, '.cache/bench-'));
  const file = path.join(folder, 'some.ts');
  const { tables, notes, figures } = REPORT;
  const outcome = { tables, notes, figures: [{ name: 'size', measured: 1, atMost: 2 }, ...figures] };
  writeFileSync(
    file,
    `import { main } from '../../bench/harness/benchmark.js';
     const run = async () => (${JSON.stringify(outcome)});
     await main({ name: 'some', title: 'something', defaults: { rounds: 7, seconds: 1 }, run });`,
  );
  const kept = (): unknown[] =>
    existsSync(results) ? readdirSync(results).map((name) => [name, statSync(path.join(results, name)).mtimeMs]) : [];
  const before = kept();
  try {
    const checked = await node(file, '--rounds', '2', '--check');
    assert.equal(checked.code, 1, checked.stderr);
    assert.equal(checked.stdout.trimEnd().split('\n').at(-1), '✖ speed: 1.50 (at least 2)');
    assert.match(checked.stdout, /✔ size: 1\.00 \(at most 2\)/);
    assert.match(checked.stdout, /A table\n {2}a {2}b\n {2}x {2}1\n/);
    assert.equal((await node(file, '--rounds', '2')).code, 0, 'nobody asked for a check');
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.deepEqual(kept(), before);
});

tap.test('a report replaces what stands between its markers, and nothing else', async () => {
  const text =
    'before\n<!-- bench some -->\nold\n<!-- /bench -->\nafter\n<!-- bench other -->\nkept\n<!-- /bench -->\n';
  const once = withReport(text, REPORT);
  assert.equal(withReport(once, REPORT), once);
  assert.match(once, /^before\n<!-- bench some -->\n\n[^]*\n<!-- \/bench -->\nafter\n<!-- bench other -->\nkept\n/);
  assert.match(once, /\| a \| b \|\n\| --- \| --- \|\n\| x \| 1 \|\n/);
  assert.match(once, /\| speed \| at least 2 \| 1\.50 \| \*\*missed\*\* \|/);
  assert.doesNotMatch(once, /old/);
  const plot = { name: 'some-lines', title: 'Some lines', x: '', y: '', lines: [] };
  assert.match(withReport(text, { ...REPORT, plots: [plot] }), /\n!\[Some lines\]\(docs\/bench-some-lines\.svg\)\n/);
  assert.equal(withReport('no markers', REPORT), 'no markers');
});

tap.test('figures: bounds are inclusive, what could not be measured is not missed, and is not 0', async () => {
  assert.equal(isMet({ name: '', measured: 2, atLeast: 2, atMost: 2 }), true);
  assert.equal(isMet({ name: '', measured: 1.99, atLeast: 2 }), false);
  assert.equal(isMet({ name: '', measured: 2.01, atMost: 2 }), false);
  assert.equal(isMet({ name: '', measured: Number.NaN, atLeast: 2 }), false);
  assert.equal(isMet({ name: '', measured: null, atLeast: 2 }), true);
  assert.equal(lineOf({ name: 'x', measured: null, atLeast: 2 }), '— x: not measured (at least 2)');
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(quantile([1, 2, 3, 4, 5], 0.99), 5);
  assert.equal(spread([1, 12.34, 1_234.5]), '12.3 (1.00–1,235)');
  assert.equal(spread([]), '—');
});

export default tap.start({ throwOnError: true });
