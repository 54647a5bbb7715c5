import { readFile } from 'node:fs/promises';
import path from 'node:path';

interface ILocked {
  version?: string;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

export interface IInstalled {
  name: string;
  version: string;
  licence: string;
  hasInstallScript: boolean;
}

/** Where `name` is found from the package at `from`, as node looks for it: own node_modules first, then upwards. */
function locate(locked: Record<string, ILocked>, from: string, name: string): string | null {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const candidate = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (locked[candidate] !== undefined) return candidate;
    if (at === '') return null;
  }
}

interface IManifest {
  name: string;
  version: string;
  license?: string;
  /** The form of old, still met. */
  licenses?: { type: string }[];
}

function licenceOf(manifest: IManifest): string {
  return manifest.license ?? manifest.licenses?.map(({ type }) => type).join(' OR ') ?? 'none told';
}

/** Every package that a user of this one installs, by the lock: the dependencies and theirs, no peers. */
export async function runTimePackages(project: string): Promise<IInstalled[]> {
  const lock = JSON.parse(await readFile(path.join(project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, ILocked>;
  };
  const found = new Set<string>();
  const visit = (from: string): void => {
    const { dependencies, optionalDependencies } = lock.packages[from] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const at = locate(lock.packages, from, name);
      if (at === null) throw new Error(`${name}, needed by ${from}, is not in the lock`);
      if (found.has(at)) continue;
      found.add(at);
      visit(at);
    }
  };
  visit('');
  return Promise.all(
    [...found].sort().map(async (at) => {
      const manifest = JSON.parse(await readFile(path.join(project, at, 'package.json'), 'utf8')) as IManifest;
      const { name, version } = manifest;
      return {
        name,
        version,
        licence: licenceOf(manifest),
        hasInstallScript: lock.packages[at]?.hasInstallScript ?? false,
      };
    }),
  );
}
