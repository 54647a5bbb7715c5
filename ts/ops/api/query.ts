import type { z } from '../plugins.js';
import { describe } from '../../shared/errors.js';
import { badParameter, Problem } from '../classes.problem.js';

export type TQuerySchema = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

/** The query parameters as the schema has them. Throws a 400 that names parameter, rule and value. */
export function queryOf<T extends TQuerySchema>(schema: T, search: URLSearchParams): z.output<T> {
  const given = new Map<string, string>();
  for (const [name, value] of search) {
    const parameter = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
    if (parameter === undefined) throw unknownParameter(schema, name, value);
    if (value === '') throw badParameter(name, ruleOf(parameter), value);
    if (given.has(name)) throw badParameter(name, 'given once', value);
    given.set(name, value);
  }
  const { success, data, error } = schema.safeParse(Object.fromEntries(given));
  if (success) return data;
  const name = String(error.issues[0]?.path[0]);
  throw badParameter(name, ruleOf(schema.shape[name]), given.get(name) ?? '');
}

/** What an error says that the parameter must be. */
export const ruleOf = (parameter: z.ZodType | undefined): string => parameter?.description ?? 'as documented';

function unknownParameter(schema: TQuerySchema, parameter: string, value: string): Problem {
  const names = Object.keys(schema.shape);
  const rule = names.length === 0 ? 'this path takes none' : `known are ${names.join(', ')}`;
  const members = { parameter: parameter.slice(0, 200), rule, value: value.slice(0, 200) };
  return new Problem(400, `there is no parameter ${describe(parameter)} here: ${rule}`, { members });
}
