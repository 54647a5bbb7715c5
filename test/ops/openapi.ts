import type { Hono } from 'hono';
import type { IProxySource } from '../../ts/interfaces/source.js';
import { ask } from './client.js';

export interface IParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema: {
    readonly type: string;
    readonly enum?: readonly string[];
    readonly items?: { readonly enum?: readonly string[] };
    readonly default?: string | number;
    readonly maximum?: number;
    readonly maxLength?: number;
    readonly maxItems?: number;
  };
}

export interface IOperation {
  readonly summary: string;
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters: readonly IParameter[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

export interface IDocument {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, { readonly get: IOperation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
  readonly security: readonly unknown[];
}

/** What a server tells of itself. */
export async function documentOf(url: string, headers = {}): Promise<IDocument> {
  return JSON.parse((await ask(`${url}/api/openapi.json`, { headers })).text) as IDocument;
}

/** A path with its parameters filled in: with what there is, or with `value`. */
export function examplePath(path: string, value?: string): string {
  return path.replace('{name}', value ?? 'web').replace('{list}', value ?? 'routes');
}

/** What an app serves to GET, in the notation of the document. */
export function routesOf(app: Pick<Hono, 'routes'>): string[] {
  const paths = app.routes.filter(({ method }) => method === 'GET').map(({ path }) => path.replaceAll(/:(\w+)/g, '{$1}')); // prettier-ignore
  return [...new Set(paths)].toSorted();
}

/** A source that shows that nothing is open. */
export function showing<T extends IProxySource>(source: T): T {
  return Object.assign(source, { visitOpen: () => Promise.resolve() });
}
