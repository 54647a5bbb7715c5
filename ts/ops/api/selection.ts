import { statsSchema } from '../../schema/statsschema.js';
import { hasField } from '../../schema/fields.js';
import { badParameter } from '../classes.problem.js';

/** Which fields are wanted; `true`: all that is below. */
export type TSelection = true | ReadonlyMap<string, TSelection>;

const RULE = 'fields of the stats as dotted paths such as proxy.routes.active,dns.cache';

/** Of dotted paths; throws a 400 that names the one that the stats do not have. */
export function selectionOf(fields: readonly string[]): TSelection {
  const root = new Map<string, TSelection>();
  for (const field of fields) {
    const path = field.split('.');
    if (!hasField(statsSchema, path)) throw badParameter('fields', RULE, field);
    add(root, path);
  }
  return root;
}

/** What is wanted of the field `key`; `null`: nothing. */
export function below(selection: TSelection | null, key: string): TSelection | null {
  return selection === null || selection === true ? selection : (selection.get(key) ?? null);
}

/** The wanted part, in the order of the whole. Lists keep their entries; `null` stays, whatever was wanted of it. */
export function select(value: unknown, selection: TSelection): unknown {
  if (selection === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => select(entry, selection));
  const picked: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    const inner = selection.get(key);
    if (inner !== undefined) picked[key] = select(entry, inner);
  }
  return picked;
}

function add(level: Map<string, TSelection>, [key, ...rest]: readonly string[]): void {
  if (key === undefined) return;
  const known = level.get(key);
  // The whole of a field takes in every part of it, whichever was named first.
  if (rest.length === 0 || known === true) {
    level.set(key, true);
    return;
  }
  const inner = new Map(known);
  add(inner, rest);
  level.set(key, inner);
}
