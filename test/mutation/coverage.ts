import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

interface IReport {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly functionName: string; readonly ranges: readonly { count: number }[] }[];
  }[];
}

/** The names of a file's functions, by file: those that were called, and all that V8 knows of. */
export interface ICalled {
  readonly called: ReadonlyMap<string, ReadonlySet<string>>;
  readonly known: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Reads and removes what NODE_V8_COVERAGE wrote to a folder. By names, not by places: the code that ran is not the code
 * that is mutated, and a name is enough to tell which tests are worth running.
 */
export async function readCalled(folder: string, root: string): Promise<ICalled> {
  const called = new Map<string, Set<string>>();
  const known = new Map<string, Set<string>>();
  const base = `${pathToFileURL(root).href}/`;
  for (const file of await readdir(folder).catch(() => [])) {
    const { result } = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as IReport;
    for (const { url, functions } of result) {
      if (!url.startsWith(`${base}ts/`)) continue;
      const source = url.slice(base.length).replace(/\.js$/, '.ts');
      for (const { functionName, ranges } of functions) {
        add(known, source, functionName);
        if ((ranges[0]?.count ?? 0) > 0) add(called, source, functionName);
      }
    }
  }
  await rm(folder, { recursive: true, force: true });
  return { called, known };
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}
