/**
 * With `node --import` of this file, the process writes the URLs of all modules that it loads into the file named by
 * ROUTEMETER_LOADED, one a line: those of the ESM loader as they come, those that CommonJS required from within at the end.
 */
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';

const file = process.env.ROUTEMETER_LOADED;

// The hooks live in a thread of their own, whose messages may come too late; a file written at once does not.
const hooks = `
  import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    appendFileSync(${JSON.stringify(file)}, url + '\\n');
    return next(url, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

process.once('exit', () => {
  for (const required of Object.keys(createRequire(import.meta.url).cache)) {
    appendFileSync(file, `${pathToFileURL(required).href}\n`);
  }
});
