import { mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hottest } from './hottest.js';

const PROFILES = fileURLToPath(new URL('../../.cache/profiles', import.meta.url));

/**
 * Runs `work` with what makes a Node process write a profile at its end, and prints the hottest functions of the
 * main thread of the largest one in its last `seconds`, so that its start is left out. `work` resolves, when its
 * processes have ended, to a line on what was profiled.
 */
export async function profile(
  work: (nodeArgs: readonly string[]) => Promise<string>,
  seconds: number,
  functions: number,
): Promise<void> {
  mkdirSync(PROFILES, { recursive: true });
  const before = new Set(readdirSync(PROFILES));
  console.log(await work(['--cpu-prof', `--cpu-prof-dir=${PROFILES}`]));
  // A thread that loads TypeScript has a profile of its own: names end with process, thread and number.
  const files = readdirSync(PROFILES).filter((name) => !before.has(name) && name.split('.').at(-3) === '0');
  const sizes = files.map((name) => ({
    file: path.join(PROFILES, name),
    size: statSync(path.join(PROFILES, name)).size,
  }));
  const largest = sizes.toSorted((one, other) => other.size - one.size)[0]?.file;
  if (largest === undefined) throw new Error('V8 wrote no profile');
  for (const { share, name, place } of hottest(largest, seconds, functions)) {
    console.log(`${(share * 100).toFixed(1).padStart(5)} %  ${name}  ${place}`);
  }
  console.log(`${path.relative(process.cwd(), largest)}: for Chrome's DevTools or speedscope`);
}
