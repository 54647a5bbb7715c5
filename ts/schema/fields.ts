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

function innermost(schema: unknown): unknown {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodReadonly || schema instanceof z.ZodOptional) {
    return innermost(schema.unwrap());
  }
  return schema instanceof z.ZodArray ? innermost(schema.element) : schema;
}
