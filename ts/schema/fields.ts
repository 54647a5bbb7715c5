import { z } from './plugins.js';

/**
 * Whether a schema names the field at a path. Lists are looked through: `proxy`, `routes`, `active` is a field of each
 * route. What a record holds has keys of its own, and so no fields.
 */
export function hasField(schema: z.ZodType, path: readonly string[]): boolean {
  let at: unknown = schema;
  for (const key of path) {
    const inner = innermost(at);
    if (!(inner instanceof z.ZodObject) || !Object.hasOwn(inner.shape, key)) return false;
    at = (inner.shape as Record<string, unknown>)[key];
  }
  return true;
}

/** Every field that a schema names, as dotted paths; of an object that others are in, those. */
export function fieldsOf(schema: unknown, above = ''): string[] {
  const inner = innermost(schema);
  if (!(inner instanceof z.ZodObject)) return [above];
  return Object.entries(inner.shape as Record<string, unknown>).flatMap(([key, field]) =>
    fieldsOf(field, above === '' ? key : `${above}.${key}`),
  );
}

function innermost(schema: unknown): unknown {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodReadonly || schema instanceof z.ZodOptional) {
    return innermost(schema.unwrap());
  }
  return schema instanceof z.ZodArray ? innermost(schema.element) : schema;
}
