/** Compiles ts/ into dist_ts/ and bundles the dashboard, from nothing: a file that ts/ no longer has must not stay in the package. */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDashboard } from './build-dashboard.mjs';

const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(project, 'dist_ts');
const tsc = fileURLToPath(import.meta.resolve('typescript/lib/tsc.js'));

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: project, stdio: 'inherit' });
if (status === 0) chmodSync(path.join(dist, 'cli', 'index.js'), 0o755);
process.exitCode = status === 0 && !(await buildDashboard(project, dist)) ? 1 : (status ?? 1);
