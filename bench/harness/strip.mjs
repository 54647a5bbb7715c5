/**
 * For `node --import`: runs TypeScript with its types blanked out and nothing else changed, as the built package is.
 * tsx would name each function anew whenever it is made, which a profile and a count of microseconds then show.
 */
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import tsBlankSpace from 'ts-blank-space';

if (isMainThread) register(import.meta.url);

export async function resolve(specifier, context, next) {
  if (!specifier.startsWith('.') || !specifier.endsWith('.js') || !context.parentURL?.endsWith('.ts')) {
    return next(specifier, context);
  }
  return next(specifier.replace(/\.js$/, '.ts'), context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  return { format: 'module', source: tsBlankSpace(readFileSync(fileURLToPath(url), 'utf8')), shortCircuit: true };
}
