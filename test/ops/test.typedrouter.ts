import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { TypedRequest, TypedRouter, TypedTarget } from '@api.global/typedrequest';
import { MetricsAwareProxy } from '../../ts/index.js';
import type { ITypedRouter, TTypedRequest } from '../../ts/interfaces/typedrouter.js';
import { OpsHandler, OpsServer } from '../../ts/ops/index.js';
import type { IGetStatsRequest, IGetTopRequest } from '../../ts/ops/index.js';
import { problemSchema } from '../../ts/schema/opsanswers.js';
import { statsSchema } from '../../ts/schema/statsschema.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask } from './client.js';
import { fire, METHODS, refused } from './typed.js';

const proxy = new MetricsAwareProxy();
const server = new OpsServer({ source: sourceOf(SNAPSHOT), events: [proxy], port: 0 });
await server.start();
const url = server.url ?? '';
/** Nobody is asked. */
const OPEN = { guard: false } as const;

function registered(): TypedRouter {
  const router = new TypedRouter();
  server.registerOn(router, OPEN);
  return router;
}

tap.test('each method answers what its path answers, as plain JSON', async () => {
  const held = net.createServer(proxy.wrapSocketHandler((socket) => void socket.resume(), { routeName: 'web' }));
  held.listen(0, '127.0.0.1');
  await once(held, 'listening');
  const client = net.connect((held.address() as net.AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
  const router = registered();
  const table: [method: TTypedRequest['method'], request: object, path: string][] = [
    ['routemeter.getStats', {}, '/api/stats'],
    ['routemeter.getStats', { fields: ['proxy.routes.active', 'dns.cache'] }, '/api/stats?fields=proxy.routes.active,dns.cache'],
    ['routemeter.getRoute', { name: 'web' }, '/api/stats/routes/web'],
    ['routemeter.getHistory', {}, '/api/history'],
    ['routemeter.getTop', { list: 'domains' }, '/api/top/domains'],
    ['routemeter.getTop', { list: 'routes', by: 'bytes', limit: 1 }, '/api/top/routes?by=bytes&limit=1'],
    ['routemeter.getTop', { list: 'domains', by: 'code:SERVFAIL' }, '/api/top/domains?by=code:SERVFAIL'],
    ['routemeter.getConnections', { route: 'web', client: '127.0.0.0/8', minAgeSeconds: 0, minBytes: 0, sort: 'bytes', limit: 10 }, '/api/connections?route=web&sort=bytes&limit=10'],
    ['routemeter.getConnections', { route: 'nobody' }, '/api/connections?route=nobody'],
    ['routemeter.getSystem', {}, '/api/system'],
  ]; // prettier-ignore
  /** Moments differ. */
  const still = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (key, entry: unknown) => (/^(takenAt|ageSeconds|eventLoop)$/.test(key) ? 0 : entry)),
    );
  for (const [method, request, path] of table) {
    const answer = await fire(router, method, request);
    const { status, text } = await ask(`${url}${path}`);
    assert.equal(status, 200, path);
    assert.deepEqual(still(answer), still(JSON.parse(text)), method);
  }
  assert.deepEqual([...new Set(table.map(([method]) => method))].toSorted(), METHODS.toSorted());
  const page = (await fire(router, 'routemeter.getConnections', {})) as { connections: { routeName: string }[] };
  assert.deepEqual(page.connections.map(({ routeName }) => routeName), ['web']); // prettier-ignore
  client.destroy();
  held.close();
});

tap.test('the types fit the real ones', async () => {
  const router: ITypedRouter = new TypedRouter();
  server.registerOn(router, OPEN);
  const target = new TypedTarget({ postMethod: (payload) => (router as TypedRouter).routeAndAddResponse(payload) });
  const stats = await new TypedRequest<IGetStatsRequest>(target, 'routemeter.getStats').fire({});
  assert.equal(statsSchema.parse(stats).instance, 'test-1');
  const top = await new TypedRequest<IGetTopRequest>(target, 'routemeter.getTop').fire({ list: 'routes', limit: 1 });
  assert.deepEqual(top.entries?.map(({ key }) => key), ['forwarded']); // prettier-ignore
  interface IPart {
    readonly dns: { readonly cache: { readonly hits: number } };
  }
  const part = await new TypedRequest<IGetStatsRequest<IPart>>(target, 'routemeter.getStats').fire({ fields: ['dns.cache.hits'] }); // prettier-ignore
  assert.deepEqual(part, { dns: { cache: { hits: 6 } } });
});

tap.test('what is wrong reaches the caller as a TypedResponseError: the problem that the path tells', async () => {
  const router = registered();
  const table: [method: string, request: object, path: string][] = [
    ['routemeter.getStats', { fields: ['nope'] }, '/api/stats?fields=nope'],
    ['routemeter.getStats', { fields: ['__proto__'] }, '/api/stats?fields=__proto__'],
    ['routemeter.getRoute', { name: 'nobody' }, '/api/stats/routes/nobody'],
    ['routemeter.getTop', { list: 'ports' }, '/api/top/ports'],
    ['routemeter.getTop', { list: 'routes', by: 'age' }, '/api/top/routes?by=age'],
    ['routemeter.getTop', { list: 'routes', limit: 0 }, '/api/top/routes?limit=0'],
    ['routemeter.getConnections', { sort: 'name' }, '/api/connections?sort=name'],
    ['routemeter.getConnections', { limit: 1001 }, '/api/connections?limit=1001'],
    ['routemeter.getConnections', { cursor: 'forged' }, '/api/connections?cursor=forged'],
    ['routemeter.getConnections', { client: 'me' }, '/api/connections?client=me'],
  ];
  for (const [method, request, path] of table) {
    const { text, data } = await refused(router, method, request);
    const problem = problemSchema.parse(JSON.parse((await ask(`${url}${path}`)).text));
    assert.deepEqual({ text, data }, { text: problem.detail, data: problem }, path);
  }
  const failing = new TypedRouter();
  new OpsHandler({ source: { snapshot: () => assert.fail('no snapshot') } }).registerOn(failing, OPEN);
  for (const method of ['routemeter.getStats', 'routemeter.getHistory']) {
    const { text, data } = await refused(failing, method, {});
    assert.equal(text, 'no snapshot can be taken: no snapshot');
    assert.equal(problemSchema.parse(data).status, 503);
  }
});

tap.test('fields of the wrong kind are refused by name, whatever a caller sends is answered', async () => {
  const router = registered();
  const table: [method: string, request: unknown, parameter: string][] = [
    ['routemeter.getRoute', {}, 'name'],
    ['routemeter.getRoute', { name: 5 }, 'name'],
    ['routemeter.getRoute', { name: ['web'] }, 'name'],
    ['routemeter.getRoute', null, 'name'],
    ['routemeter.getRoute', 'web', 'name'],
    ['routemeter.getTop', { list: { a: 1 } }, 'list'],
    ['routemeter.getTop', {}, 'list'],
    ['routemeter.getTop', { list: 'routes', limit: {} }, 'limit'],
    ['routemeter.getTop', { list: 'routes', limit: 1e99 }, 'limit'],
    ['routemeter.getTop', { list: 'routes', by: true }, 'by'],
    ['routemeter.getStats', { fields: null }, 'fields'],
    ['routemeter.getStats', { fields: [] }, 'fields'],
    ['routemeter.getStats', { fields: [5] }, 'fields'],
    ['routemeter.getStats', { fields: Array.from({ length: 51 }, () => 'takenAt') }, 'fields'],
    ['routemeter.getConnections', { route: {} }, 'route'],
    ['routemeter.getConnections', { route: '' }, 'route'],
    ['routemeter.getConnections', { route: 'x'.repeat(1001) }, 'route'],
    ['routemeter.getConnections', { minBytes: -1 }, 'minBytes'],
    ['routemeter.getConnections', { minAgeSeconds: 'old' }, 'minAgeSeconds'],
  ];
  for (const [method, request, parameter] of table) {
    const { data } = await refused(router, method, request);
    const problem = problemSchema.parse(data);
    assert.deepEqual([problem.status, problem.parameter], [400, parameter], JSON.stringify(request));
  }
  for (const request of [null, 5, [], 'x', { identity: { jwt: 'x' } }, JSON.parse('{"__proto__":{"fields":5}}')]) {
    assert.ok(
      statsSchema.safeParse(await fire(router, 'routemeter.getStats', request)).success,
      JSON.stringify(request),
    );
  }
});

tap.test('the end', async () => {
  await server.stop();
});

export default tap.start({ throwOnError: true });
