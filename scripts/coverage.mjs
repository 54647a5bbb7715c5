/** What scripts/test.mjs needs to measure coverage: sources with their types blanked out, and c8's arguments. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NOTHING_TO_RUN = /^(\s|;|\/\/.*|\/\*[^]*?\*\/|export \{\})*$/;
const folderUrl = (folder) => `${pathToFileURL(folder).href}/`;

/** Writes the blanked files of `from` into `to`; resolves to those (relative) that hold types only. */
async function blank(from, to) {
  const { default: tsBlankSpace } = await import('ts-blank-space');
  const typesOnly = [];
  const files = await readdir(from, { recursive: true }).catch(() => []);
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const output = tsBlankSpace(await readFile(path.join(from, file), 'utf8'), (node) => {
      throw new Error(`${file}: types cannot be blanked out of: ${node.getText()}`);
    });
    if (NOTHING_TO_RUN.test(output)) typesOnly.push(file);
    await mkdir(path.dirname(path.join(to, file)), { recursive: true });
    await writeFile(path.join(to, file), output);
  }
  return typesOnly;
}

/** Resolves to what goes before node's own arguments (`c8`), among them (`nodeArgs`), and into the environment. */
export async function measure(root, temp) {
  const typesOnly = await blank(path.join(root, 'ts'), path.join(temp, 'blanked'));
  return {
    c8: [
      fileURLToPath(import.meta.resolve('c8/bin/c8.js')),
      ...['--temp-directory', path.join(temp, 'v8'), '--reporter=text-summary', '--reporter=html'],
      ...['--all', '--src=ts', '--include=ts/**', '--exclude-after-remap'],
      // Runs in browsers, bundled: node would count as a gap what test/browser looks at.
      '--exclude=ts/ops/dashboard/**',
      // A file that is never loaded because it holds nothing to run is not a gap.
      ...typesOnly.map((file) => `--exclude=ts/${file}`),
    ],
    nodeArgs: ['--import', new URL('coverage-loader.mjs', import.meta.url).href],
    env: {
      ROUTEMETER_COVERED: folderUrl(path.join(root, 'ts')),
      ROUTEMETER_BLANKED: folderUrl(path.join(temp, 'blanked')),
    },
  };
}
