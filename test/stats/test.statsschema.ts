import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { z } from 'zod';
import type { IRouterStats, IRouteStats } from '../../ts/interfaces/stats.js';
import { routeStatsSchema, statsSchema } from '../../ts/schema/statsschema.js';
import { statsOf } from '../../ts/stats/index.js';
import { PROXY, route, SNAPSHOT, sourceOf } from './fixture.js';

/** Fails to compile where the schema and the interface differ in either direction. */
type TFits<TValue extends TTarget, TTarget> = TValue;
/** Depth-first identity, blind to `readonly` of properties only: assignability alone lets an extra field pass. */
type TExact<T> = T extends readonly (infer TEntry)[]
  ? readonly TExact<TEntry>[]
  : T extends object
    ? { readonly [TKey in keyof T]: TExact<T[TKey]> }
    : T;
type TSame<TOne, TOther> =
  (<T>() => T extends TExact<TOne> ? 1 : 2) extends <T>() => T extends TExact<TOther> ? 1 : 2 ? true : false;

type TOutput = z.output<typeof statsSchema>;
export type TOutputFits = TFits<TOutput, IRouterStats>;
export type TStatsFit = TFits<IRouterStats, TOutput>;
const sameStats: TSame<TOutput, IRouterStats> = true;
const sameRoute: TSame<z.output<typeof routeStatsSchema>, IRouteStats> = true;

const parsed = (stats: unknown): boolean => statsSchema.safeParse(stats).success;
const real = (): IRouterStats => statsOf(sourceOf(SNAPSHOT).snapshot());

tap.test('the type of the schema is that of the stats', async () => {
  assert.ok(sameStats && sameRoute);
});

tap.test('the schema takes real output and changes nothing of it', async () => {
  assert.deepEqual(statsSchema.parse(real()), real());
  assert.deepEqual(statsSchema.parse(JSON.parse(JSON.stringify(real()))), real());
  assert.ok(parsed(statsOf({ ...SNAPSHOT, proxy: null, dns: null })));
  assert.ok(parsed(statsOf({ ...SNAPSHOT, proxy: { ...PROXY, routes: [route('bare')] } })));
});

tap.test('every field is required, and no other is taken, at every level', async () => {
  const objects = objectsOf(structuredClone(real()) as unknown as TTree);
  // Records have keys of their own, which the schema cannot require.
  const records =
    /(closedByReason|upgradedActive|dropped|rejected|queryTypes|transports|responseCodes|topDomainsByCode|series|overflow|events)$/;
  let checked = 0;
  for (const { path, root, node } of objects) {
    if (records.test(path)) continue;
    node['unheard'] = 1;
    assert.ok(!parsed(root), `an unknown field in ${path}`);
    delete node['unheard'];
    for (const key of Object.keys(node)) {
      const value = node[key];
      delete node[key];
      assert.ok(!parsed(root), `${path}.${key} missing`);
      node[key] = value;
      checked++;
    }
    assert.ok(parsed(root), 'put back');
  }
  assert.ok(checked > 100, `${checked} fields`);
});

tap.test('figures that cannot be true are refused', async () => {
  const proxy = real().proxy;
  assert.ok(proxy);
  for (const activeConnections of [-1, 1.5, NaN, Infinity, '3', null, undefined]) {
    assert.ok(!parsed({ ...real(), proxy: { ...proxy, activeConnections } }), String(activeConnections));
  }
  assert.ok(!parsed({ ...real(), schemaVersion: 2 }));
  const [web] = proxy.routes;
  assert.ok(!routeStatsSchema.safeParse({ ...web, closedByReason: { bored: 1 } }).success);
});

tap.test('every figure is described, and the schema can be had as JSON Schema', async () => {
  const json = JSON.stringify(z.toJSONSchema(statsSchema));
  assert.ok(json.includes('"additionalProperties":false'));
  assert.ok(json.includes('what getStats() returns'));
  assert.ok((json.match(/"description":/g)?.length ?? 0) > 90);
});

type TTree = Record<string, unknown>;

/** Every object of the tree with its path, and the tree it is in. */
function objectsOf(root: TTree): { path: string; root: TTree; node: TTree }[] {
  const found: { path: string; root: TTree; node: TTree }[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) found.push({ path, root, node: value as TTree });
    for (const [key, child] of Object.entries(value)) walk(child, `${path}.${key}`);
  };
  walk(root, 'stats');
  return found;
}

export default tap.start({ throwOnError: true });
