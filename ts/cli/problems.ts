import type { z } from './plugins.js';
import { describe } from '../shared/errors.js';
import type { IJsonFile, TPath } from './jsonfile.js';

type TIssue = z.core.$ZodIssue;

/** Keys whose values no log may hold. */
const SECRET = new Set<PropertyKey>(['token', 'key']);

/** One line for each rule that the file breaks: place, path, rule and value. */
export function problemsOf(source: IJsonFile, issues: readonly TIssue[]): string[] {
  return issues.flatMap((issue) => linesOf(source, issue, []));
}

/** `proxy.routes[1].match` */
export function pathText(path: TPath): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text.startsWith('.') ? text.slice(1) : text;
}

function linesOf(source: IJsonFile, issue: TIssue, above: TPath): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const at = [...path, key];
      return `${source.locate(at)}: ${pathText(at)} is unknown: known here are ${issue.message}`;
    });
  }
  if (issue.code === 'invalid_union') {
    const branch = closest(issue.errors);
    if (branch !== undefined) return branch.flatMap((inner) => linesOf(source, inner, path));
  }
  const value = valueAt(source.value, path);
  const name = path.length === 0 ? 'the configuration' : pathText(path);
  const where = source.locate(path);
  if (value === undefined) return [`${where}: ${name} is missing: it must be ${issue.message}`];
  const shown = path.some((step) => SECRET.has(step)) ? 'what it is (not shown)' : describe(value);
  return [`${where}: ${name} must be ${issue.message}, not ${shown}`];
}

/** Of a union, the one branch that the value was meant for: the one that it follows furthest. */
function closest(branches: readonly (readonly TIssue[])[]): readonly TIssue[] | undefined {
  const depth = (issues: readonly TIssue[]): number => Math.max(...issues.map((issue) => issue.path.length), 0);
  const [best, second] = branches.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length);
  if (best === undefined || depth(best) === 0) return undefined;
  // Nothing tells two branches apart: their common rule says more than either.
  if (second !== undefined && depth(second) === depth(best) && second.length === best.length) return undefined;
  return best;
}

function valueAt(value: unknown, path: TPath): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at;
}
