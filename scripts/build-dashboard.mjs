/** Bundles ts/ops/dashboard for browsers: what OpsServer serves, and what `routemeter/dashboard` is. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** All files together, gzipped each for itself, as they are sent. */
const MOST_BYTES = 120_000;
const BUNDLE = 'routemeter-dashboard';
const ASSETS = ['index.html', 'page.css'];
/** What the bundle holds of others; their licences ask to go with it. */
const BUNDLED = ['lit', 'uplot'];

/** Resolves to whether all is there and small enough; says so either way. */
export async function buildDashboard(project, dist) {
  const source = path.join(project, 'ts/ops/dashboard');
  const target = path.join(dist, 'ops/dashboard');
  await mkdir(target, { recursive: true });
  await build({
    ...{ absWorkingDir: project, entryPoints: [path.join(source, 'index.ts')] },
    ...{ outfile: path.join(target, `${BUNDLE}.js`), bundle: true, minify: true, format: 'esm' },
    ...{ platform: 'browser', target: 'es2023', charset: 'utf8', legalComments: 'inline', logLevel: 'warning' },
    ...{
      banner: { js: await licences(project) },
      loader: { '.css': 'text' },
      tsconfig: path.join(source, 'tsconfig.json'),
    },
  });
  for (const asset of ASSETS) await copyFile(path.join(source, asset), path.join(target, asset));
  if (!(await declare(project, source, path.join(target, `${BUNDLE}.d.ts`)))) return false;
  return isSmall(target);
}

async function licences(project) {
  const texts = BUNDLED.map(async (name) => {
    const text = await readFile(path.join(project, 'node_modules', name, 'LICENSE'), 'utf8');
    return `/*! Holds ${name}:\n\n${text.trim()}\n*/`;
  });
  return (await Promise.all(texts)).join('\n');
}

/** The element's own declaration names nothing of its inside, so it stands for the bundle alone. */
async function declare(project, source, target) {
  const temp = await mkdtemp(path.join(os.tmpdir(), 'routemeter-dashboard-'));
  try {
    const tsc = fileURLToPath(import.meta.resolve('typescript/lib/tsc.js'));
    const output = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', temp];
    const roots = ['--rootDir', path.join(project, 'ts')];
    const { status } = spawnSync(process.execPath, [tsc, '-p', source, ...output, ...roots], { stdio: 'inherit' });
    if (status !== 0) return false;
    await copyFile(path.join(temp, 'ops/dashboard/classes.routemeterdashboard.d.ts'), target);
    return true;
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

async function isSmall(folder) {
  const names = (await readdir(folder)).sort();
  const sizes = await Promise.all(names.map(async (name) => gzipSync(await readFile(path.join(folder, name))).length));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const told = names.map((name, index) => `${name} ${kB(sizes[index])}`).join(', ');
  console.log(`dashboard: ${kB(total)} gzipped of at most ${kB(MOST_BYTES)} (${told})`);
  if (total <= MOST_BYTES) return true;
  console.error('dashboard: too large');
  return false;
}

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
