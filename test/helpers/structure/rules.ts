import ts from 'typescript';
import { folderOf } from './source.js';
import type { IImport, ISource } from './source.js';

/**
 * Which folders each folder may import from, besides itself, the types of `interfaces` and the core's door.
 * These are the directions of the architecture: write side and read side meet in `manager` and `dcrouter` only.
 */
export const DIRECTIONS: Readonly<Record<string, readonly string[]>> = {
  interfaces: [],
  schema: [],
  shared: [],
  stats: ['shared'],
  manager: ['shared', 'stats'],
  catalog: ['shared'],
  proxy: ['shared'],
  dns: ['shared'],
  embedded: ['shared'],
  prometheus: ['catalog', 'shared'],
  // Runs in a browser: nothing of the server side is there.
  'ops/dashboard': [],
  ops: ['stats', 'schema', 'prometheus', 'shared'],
  dcrouter: ['manager', 'proxy', 'dns', 'stats', 'schema', 'catalog', 'prometheus', 'ops', 'embedded', 'shared'],
  cli: ['dcrouter', 'manager', 'proxy', 'dns', 'stats', 'schema', 'catalog', 'prometheus', 'ops', 'embedded', 'shared'],
  'index.ts': ['manager', 'proxy', 'stats', 'shared'],
  'plugins.ts': [],
};

/** The core's door, with what it may let in beside node's own modules. */
const CORE_DOOR = 'plugins.ts';
const CORE_PACKAGES = ['eventemitter3'];
const WITHOUT_CORE_DOOR = ['interfaces', 'schema', 'index.ts', 'ops/dashboard'];
/** What the bundle of the dashboard holds: needed to build, not to run, so it is no dependency. */
const BUNDLED: Readonly<Record<string, readonly string[]>> = { 'ops/dashboard': ['lit', 'uplot'] };
const MAX_LINES = 300;

export interface IPackages {
  dependencies: readonly string[];
  /** Imported on use by the CLI, and nowhere else. */
  optionalPeers: readonly string[];
}

type TFinding = (source: ISource, found: IImport) => string | null;

const isDoor = (file: string): boolean => file === CORE_DOOR || file === `${folderOf(file)}/plugins.ts`;
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

function findDirection(
  { folder }: ISource,
  { target, typeOnly, specifier }: IImport,
  files: Set<string>,
): string | null {
  if (target === null) return null;
  if (!files.has(target)) return `${specifier} is not a file of ts/`;
  const targetFolder = folderOf(target);
  if (targetFolder === folder) return null;
  if (targetFolder === 'interfaces') return typeOnly ? null : 'interfaces hold types only';
  if (target === CORE_DOOR) return WITHOUT_CORE_DOOR.includes(folder) ? `${folder} may not use the core's door` : null;
  if (!DIRECTIONS[folder]?.includes(targetFolder)) return `${folder} may not import from ${targetFolder}`;
  return isDoor(target) ? `${target} is the door of ${targetFolder} alone` : null;
}

function outsideOf(packages: IPackages): TFinding {
  return ({ file, folder }, { target, typeOnly, dynamic, specifier }) => {
    if (target !== null) return null;
    const builtIn = specifier.startsWith('node:');
    const bundled = BUNDLED[folder];
    if (builtIn && bundled !== undefined) return `${specifier} is not there in a browser`;
    if (builtIn && typeOnly) return null;
    if (!isDoor(file)) return `${specifier} comes in by a plugins.ts only`;
    if (builtIn) return null;
    const name = packageOf(specifier);
    if (bundled !== undefined) return bundled.includes(name) ? null : `${name} is not bundled`;
    if (folder === 'cli' && dynamic && packages.optionalPeers.includes(name)) return null;
    if (!packages.dependencies.includes(name)) return `${name} is not in dependencies`;
    return file === CORE_DOOR && !CORE_PACKAGES.includes(name) ? `the core does not load ${name}` : null;
  };
}

/** Breaches of the import directions and of the doors. */
export function checkImports(sources: readonly ISource[], packages: IPackages): string[] {
  const files = new Set(sources.map(({ file }) => file));
  const findOutside = outsideOf(packages);
  return sources.flatMap((source) => {
    if (DIRECTIONS[source.folder] === undefined) return [`${source.file}: no rule knows ${source.folder}`];
    return source.imports.flatMap((found) => {
      const finding = findDirection(source, found, files) ?? findOutside(source, found);
      return finding === null ? [] : [`${source.file}:${found.line}: ${finding}`];
    });
  });
}

/** Circles of imports that are still there after compilation: the order of loading decides what is undefined. */
export function findCycles(sources: readonly ISource[]): string[] {
  const targets = new Map<string, string[]>();
  for (const { file, imports } of sources) {
    const values = imports.filter(({ typeOnly, dynamic }) => !typeOnly && !dynamic);
    targets.set(file, [...new Set(values.flatMap(({ target }) => (target === null ? [] : [target])))]);
  }
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) cycles.push([...trail.slice(start), file].join(' → '));
    if (start >= 0 || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const { file } of sources) visit(file, []);
  return cycles;
}

/** Files too long to be one noun. */
export function findLongFiles(sources: readonly ISource[]): string[] {
  return sources
    .filter(({ lineCount }) => lineCount > MAX_LINES)
    .map(({ file, lineCount }) => `${file}: ${lineCount} lines, at most ${MAX_LINES}`);
}

/** An entry names what it exports and does nothing else; the CLI's is a program, not an entry. */
export function checkEntries(sources: readonly ISource[]): string[] {
  const entries = sources.filter(({ file }) => /(^|\/)index\.ts$/.test(file) && file !== 'cli/index.ts');
  return entries.flatMap(({ file, ast }) =>
    ast.statements.flatMap((statement) => {
      const line = ast.getLineAndCharacterOfPosition(statement.getStart(ast)).line + 1;
      const where = `${file}:${line}`;
      if (ts.isImportDeclaration(statement)) return [];
      if (!ts.isExportDeclaration(statement)) return [`${where}: an entry has imports and named exports only`];
      if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) {
        return [`${where}: exports without naming`];
      }
      const isDefault = statement.exportClause.elements.some(({ name }) => name.text === 'default');
      return isDefault ? [`${where}: exports a default`] : [];
    }),
  );
}

/** Tests that would never run: in a file whose name the runner does not look for, skipped, or beside an exclusive one. */
export function checkTests(sources: readonly ISource[]): string[] {
  return sources.flatMap(({ file, ast }) => {
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'tap') {
        const name = node.name.text;
        if (name === 'skip' || name === 'only') found.push(`${file}: uses tap.${name}`);
        const sought = /(^|\/)(test|long)\.[^/]+\.ts$/.test(file);
        if (name === 'start' && !sought) found.push(`${file}: the runner looks for test.*.ts and long.*.ts`);
      }
      ts.forEachChild(node, visit);
    };
    visit(ast);
    return found;
  });
}
