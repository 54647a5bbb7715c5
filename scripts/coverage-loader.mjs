/**
 * Loaded by scripts/test.mjs --coverage: the modules of ts/ come with their types blanked out, each character where it
 * was, so that V8's counts are those of the source as written. Over tsx's output, which is one line, whole functions
 * that never ran were reported as covered.
 */
import { register } from 'node:module';

const { ROUTEMETER_COVERED: covered, ROUTEMETER_BLANKED: blanked } = process.env;
const hooks = `
  import { readFileSync } from 'node:fs';
  const covered = ${JSON.stringify(covered)};
  const blanked = ${JSON.stringify(blanked)};
  export async function load(url, context, next) {
    const [file] = url.split('?');
    if (!file.startsWith(covered) || !file.endsWith('.ts')) return next(url, context);
    const source = readFileSync(new URL(file.slice(covered.length), blanked), 'utf8');
    return { format: 'module', source, shortCircuit: true };
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
