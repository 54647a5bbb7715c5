/** `npm test`: every check of the project, in order, ending at the first that fails. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const node = (...args) => [process.execPath, ...args];
const npm = (script) => ['npm', 'run', '--silent', script];

/**
 * Steps of one line run side by side (there are two cores). A `live` step shows what it says as it says it; of the
 * others only a failing one is heard, its output in one piece.
 */
const STEPS = [
  [{ name: 'programs for the tests', command: node('scripts/setup-test-tools.mjs'), live: true }],
  [{ name: 'SmartDNS', command: node('scripts/setup-smartdns.mjs', '--require'), live: true }],
  [{ name: 'build', command: npm('build') }],
  [
    { name: 'types', command: npm('typecheck') },
    { name: 'lint', command: npm('lint') },
  ],
  [
    { name: 'format', command: npm('format:check') },
    { name: 'package', command: npm('check:package') },
  ],
  [{ name: 'tests', command: node('scripts/test.mjs', '--coverage'), live: true }],
];

/** Resolves to the step's result, never rejects. A signal to us ends the step, and by its failure the whole run. */
function run({ name, command: [file, ...args], live = false }) {
  const started = performance.now();
  return new Promise((resolve) => {
    const output = [];
    const child = spawn(file, args, {
      cwd: project,
      stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
    });
    const end = (result) =>
      resolve({ name, seconds: (performance.now() - started) / 1000, output: output.join(''), ...result });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk) => output.push(chunk));
    }
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
    child.once('error', (error) => end({ ok: false, why: error.message }));
    child.once('close', (code, signal) => end({ ok: code === 0, why: signal ?? `exit ${code}` }));
  });
}

async function main() {
  for (const group of STEPS) {
    console.log(`▶ ${group.map(({ name }) => name).join(', ')}`);
    const results = await Promise.all(group.map(run));
    for (const { name, seconds, output, ok, why } of results) {
      if (!ok && output.trim() !== '') console.log(output.trimEnd());
      console.log(`${ok ? '✔' : '✖'} ${name}${ok ? '' : ` (${why})`} ${seconds.toFixed(1)} s`);
    }
    const failed = results.filter(({ ok }) => !ok).map(({ name }) => name);
    if (failed.length > 0) {
      console.log(`FAILED: ${failed.join(', ')} (after ${(performance.now() / 1000).toFixed(0)} s)`);
      return 1;
    }
  }
  console.log(`PASSED: all checks (${(performance.now() / 1000).toFixed(0)} s)`);
  return 0;
}

process.exitCode = await main();
