/**
 * Reporter of `node --test` for files that print TAP of their own: one line for each file, its output below it, and
 * the whole output of the failing ones again at the end, so that nobody has to search for the assertion that failed.
 * The closing lines (`# tests`, `# pass`, `# fail`) are node's own and count files.
 */
import path from 'node:path';

const indent = (text) => text.replace(/\n+$/, '').replace(/^(?=.)/gm, '    ');

export default async function* report(events) {
  const outputs = new Map();
  const failed = [];
  let testCount = 0;

  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      outputs.set(data.file, (outputs.get(data.file) ?? '') + data.message);
    } else if (type === 'test:pass' || type === 'test:fail') {
      const file = path.relative('', data.name);
      const output = outputs.get(data.name) ?? '';
      outputs.delete(data.name);
      const count = output.match(/^(not )?ok \d+ - /gm)?.length ?? 0;
      testCount += count;
      const ok = type === 'test:pass';
      const seconds = (data.details.duration_ms / 1000).toFixed(1);
      yield `${ok ? '✔' : '✖'} ${file} (${count} tests, ${seconds} s)\n`;
      if (ok) {
        yield `${indent(output)}\n`;
      } else {
        const { error } = data.details;
        const why = error.signal
          ? `ended by ${error.signal}`
          : error.exitCode
            ? `exit ${error.exitCode}`
            : error.message;
        failed.push({ file, why, output });
      }
    } else if (type === 'test:diagnostic') {
      if (failed.length > 0 && data.message.startsWith('tests ')) {
        yield `\nfailing files:\n`;
        for (const { file, why, output } of failed) yield `\n✖ ${file} (${why})\n${indent(output)}\n`;
        yield '\n';
      }
      if (data.message.startsWith('tests ')) yield `# ${testCount} tests in these files:\n`;
      yield `# ${data.message}\n`;
    }
  }
  for (const output of outputs.values()) yield output;
}
