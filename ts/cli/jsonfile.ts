import { ConfigError, messageOf } from './errors.js';
import { fs, momoa } from './plugins.js';

export type TPath = readonly PropertyKey[];

/** A file of JSON, comments and final commas allowed, that knows on which line each value stands. */
export interface IJsonFile {
  readonly file: string;
  readonly value: unknown;
  /** `file:line:column` of a value, or of the nearest value around it. */
  locate(path: TPath): string;
}

export function readJsonFile(file: string): IJsonFile {
  const document = parseDocument(file, readText(file));
  return {
    file,
    value: momoa.evaluate(document),
    locate: (path) => {
      const { line, column } = place(document.body, path);
      return `${file}:${line}:${column}`;
    },
  };
}

export function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').replace(/^\ufeff/u, '');
  } catch (error) {
    throw new ConfigError([`${file}: cannot be read: ${readReason(error)}`]);
  }
}

export function readReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'EISDIR') return 'it is a directory';
  return messageOf(error);
}

function parseDocument(file: string, text: string): momoa.DocumentNode {
  let document: momoa.DocumentNode;
  try {
    document = momoa.parse(text, { mode: 'jsonc', allowTrailingCommas: true });
  } catch (error) {
    const at = error as { line?: number; column?: number };
    // The parser's own message ends in its own notation of the place.
    const reason = messageOf(error).replace(/\s*\(\d+:\d+\)$/u, '');
    throw new ConfigError([`${file}:${at.line ?? 1}:${at.column ?? 1}: is not JSON: ${reason}`]);
  }
  const twice = [...repeatedKeys(document.body)];
  if (twice.length > 0) throw new ConfigError(twice.map((problem) => `${file}:${problem}`));
  return document;
}

/** JSON lets a key stand twice and the last one win, silently: nobody means that in a configuration. */
function* repeatedKeys(node: momoa.ValueNode): Generator<string> {
  if (node.type === 'Array') for (const { value } of node.elements) yield* repeatedKeys(value);
  if (node.type !== 'Object') return;
  const seen = new Set<string>();
  for (const { name, value } of node.members) {
    const key = keyOf(name);
    if (seen.has(key)) yield `${name.loc.start.line}:${name.loc.start.column}: key ${JSON.stringify(key)} stands twice`;
    seen.add(key);
    yield* repeatedKeys(value);
  }
}

/** Where the last step of a path stands that the file has: a member by its key, an element by its value. */
function place(node: momoa.ValueNode, path: TPath, found: momoa.Location = node.loc.start): momoa.Location {
  const [step, ...rest] = path;
  if (node.type === 'Array' && typeof step === 'number') {
    const element = node.elements[step];
    if (element !== undefined) return place(element.value, rest);
  }
  if (node.type === 'Object') {
    const member = node.members.find(({ name }) => keyOf(name) === step);
    if (member !== undefined) return place(member.value, rest, member.name.loc.start);
  }
  return found;
}

const keyOf = (name: momoa.MemberNode['name']): string => (name.type === 'String' ? name.value : name.name);
