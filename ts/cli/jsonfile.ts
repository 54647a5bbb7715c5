import { readFileSync } from 'node:fs';
import { evaluate, parse, type DocumentNode, type ValueNode } from '@humanwhocodes/momoa';
import { ConfigError, messageOf } from './errors.js';

export type TPath = readonly PropertyKey[];

/** A file of JSON, comments allowed, that knows on which line each value stands. */
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
    value: evaluate(document) as unknown,
    locate: (path) => {
      const { line, column } = find(document.body, path).loc.start;
      return `${file}:${line}:${column}`;
    },
  };
}

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\ufeff/u, '');
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

function parseDocument(file: string, text: string): DocumentNode {
  let document: DocumentNode;
  try {
    document = parse(text, { mode: 'jsonc' });
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
function* repeatedKeys(node: ValueNode): Generator<string> {
  if (node.type === 'Array') for (const { value } of node.elements) yield* repeatedKeys(value);
  if (node.type !== 'Object') return;
  const seen = new Set<string>();
  for (const { name, value } of node.members) {
    const key = name.type === 'String' ? name.value : name.name;
    if (seen.has(key)) yield `${name.loc.start.line}:${name.loc.start.column}: key ${JSON.stringify(key)} stands twice`;
    seen.add(key);
    yield* repeatedKeys(value);
  }
}

function find(node: ValueNode, path: TPath): ValueNode {
  const [step, ...rest] = path;
  if (step === undefined) return node;
  let next: ValueNode | undefined;
  if (node.type === 'Array' && typeof step === 'number') next = node.elements[step]?.value;
  if (node.type === 'Object') {
    next = node.members.find(({ name }) => (name.type === 'String' ? name.value : name.name) === step)?.value;
  }
  return next === undefined ? node : find(next, rest);
}
