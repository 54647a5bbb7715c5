import { z } from '../plugins.js';
import { problemSchema } from '../../schema/opsanswers.js';
import { OPS_PATHS } from '../../schema/opspaths.js';
import type { IOpsPath } from '../../schema/opspaths.js';
import { VERSION } from '../../shared/version.js';
import { http } from '../plugins.js';

/** What any path can answer: no token, another Host, another method, a body, too many requests. */
const ANYWHERE = [401, 405, 413, 421, 429];
const REF = '#/components/schemas/';

/** The HTTP API as OpenAPI 3.1, made of the schemas that check queries and, in tests, answers. */
export function openApi(): unknown {
  const schemas: Record<string, unknown> = { Problem: jsonSchema(problemSchema) };
  for (const { answer } of OPS_PATHS) if ('schema' in answer) schemas[answer.name] ??= jsonSchema(answer.schema);
  return {
    openapi: '3.1.0',
    info: { title: 'routemeter', version: VERSION, license: { name: 'MIT', identifier: 'MIT' } },
    paths: Object.fromEntries(OPS_PATHS.map((one) => [one.path, { get: operation(one) }])),
    components: { schemas, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
  };
}

function operation(one: IOpsPath): unknown {
  const { path, summary, open, query, pathParameters, headers = {}, answer, statuses } = one;
  const errors = [...statuses, ...ANYWHERE].filter((status) => status !== 304 && (!open || status !== 401));
  const responses: Record<string, unknown> = {
    '200': { description: 'the answer', content: contentOf(answer) },
    ...(statuses.includes(304) ? { '304': { description: 'the same as If-None-Match has' } } : {}),
  };
  for (const status of errors.toSorted((a, b) => a - b)) {
    const content = { 'application/problem+json': { schema: { $ref: `${REF}Problem` } } };
    responses[String(status)] = { description: http.STATUS_CODES[status], content };
  }
  return {
    summary,
    operationId: path
      .replaceAll(/\W/g, ' ')
      .trim()
      .replaceAll(/ +./g, (text) => text.trim().toUpperCase()),
    ...(open ? { security: [] } : {}),
    parameters: [
      ...namedParameters('path', pathParameters),
      ...queryParameters(query),
      ...namedParameters('header', headers),
    ],
    responses,
  };
}

function namedParameters(place: 'path' | 'header', parameters: Readonly<Record<string, string>>): unknown[] {
  return Object.entries(parameters).map(([name, description]) => {
    return { name, in: place, required: place === 'path', description, schema: { type: 'string' } };
  });
}

function queryParameters(query: z.ZodObject): unknown[] {
  return Object.entries(query.shape as Record<string, z.ZodType>).map(([name, parameter]) => {
    const { description, ...schema } = jsonSchema(parameter);
    // Lists are one parameter with commas.
    const style = schema['type'] === 'array' ? { style: 'form', explode: false } : {};
    return { name, in: 'query', required: false, description, ...style, schema };
  });
}

function contentOf(answer: IOpsPath['answer']): unknown {
  if ('contentType' in answer) return { [answer.contentType]: { schema: {} } };
  return { 'application/json': { schema: { $ref: `${REF}${answer.name}` } } };
}

/** Without `$schema`, which is the document's affair: OpenAPI 3.1 has the same dialect. */
function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema);
  return json;
}
