/** `npm run bench [-- NAME ...] [--check]`: each benchmark in a process of its own, one after the other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { USAGE } from './harness/benchmark.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const STRIP = new URL('./harness/strip.mjs', import.meta.url).href;
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));

const args = process.argv.slice(2);
const asked = args.filter((arg) => names.includes(arg));
const options = args.filter((arg) => !names.includes(arg));
const unknown = options.find((arg, at) => !arg.startsWith('-') && !/^--(rounds|seconds)$/.test(options[at - 1] ?? ''));

if (args.includes('--help') || unknown !== undefined) {
  if (unknown !== undefined) console.error(`there is no benchmark ${unknown}`);
  console.log(`npm run bench [-- NAME ...] [--check]\n\nNAME: ${names.join(', ')}; all where none is given\n${USAGE}`);
  process.exitCode = unknown === undefined ? 0 : 2;
} else {
  const failed: string[] = [];
  for (const name of asked.length > 0 ? asked : names) {
    const child = spawn(process.execPath, ['--expose-gc', '--import', STRIP, `${FOLDER}${name}.ts`, ...options], {
      stdio: 'inherit',
    });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) failed.push(name);
    console.log('');
  }
  if (failed.length > 0) {
    console.log(`FAILED: ${failed.join(', ')}`);
    process.exitCode = 1;
  }
}
