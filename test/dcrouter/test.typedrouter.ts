import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { TypedHandler, TypedRequest, TypedResponseError, TypedRouter, TypedTarget } from '@api.global/typedrequest';
import { observeRouter } from '../../ts/dcrouter/index.js';
import type { IRouteConfig } from '../../ts/interfaces/smartproxy.js';
import type { IConnectionsPage } from '../../ts/interfaces/ops.js';
import type { IGetConnectionsRequest, IGetRouteRequest, IGetStatsRequest, TTypedGuard } from '../../ts/ops/index.js';
import { statsSchema } from '../../ts/schema/statsschema.js';
import { FakeSmartProxy } from '../helpers/hosts/fakesmartproxy.js';
import { until } from '../helpers/wait.js';

const OPS = { host: '127.0.0.1', port: 0 } as const;
const METHODS = 6;
const hold = (socket: net.Socket): void => void socket.on('error', () => undefined).resume();
const route = (name: string): IRouteConfig => ({
  name,
  match: { ports: 0 },
  action: { type: 'socket-handler', socketHandler: hold },
});
/** As dcrouter has it: a router of its own, in which others are. */
function dcrouters(): { main: TypedRouter; ours: TypedRouter } {
  const [main, ours] = [new TypedRouter(), new TypedRouter()];
  main.addTypedHandler(new TypedHandler<never>('getServerStatistics' as never, async () => ({}) as never));
  main.addTypedRouter(ours);
  return { main, ours };
}
const target = (router: TypedRouter): TypedTarget =>
  new TypedTarget({ postMethod: (payload) => router.routeAndAddResponse(payload) });
// The real package shows every error that a caller gets.
console.error = () => undefined;

tap.test('one call: the figures are asked for through the router of the host, by whom the guard lets', async () => {
  const smartProxy = new FakeSmartProxy({ routes: [route('a')], readFirstChunk: false });
  await smartProxy.start();
  const { main, ours } = dcrouters();
  const guard: TTypedGuard = ({ request }) => (request as { identity?: string }).identity === 'admin';
  const router = observeRouter({ smartProxy, typedRouter: ours }, { ops: OPS, typedRouter: { guard } });
  await router.start();
  const client = net.connect(smartProxy.portOf('a'), '127.0.0.1');
  await once(client, 'connect');
  await until(() => router.manager.getStats().proxy?.activeConnections === 1, 'the connection');
  type TWithIdentity<T extends { request: object }> = T & { request: { identity: string } };
  const identity = 'admin';
  const ask = new TypedRequest<TWithIdentity<IGetStatsRequest>>(target(main), 'routemeter.getStats');
  await assert.rejects(ask.fire({ identity: 'nobody' }), (error) => error instanceof TypedResponseError);
  const stats = statsSchema.parse(await ask.fire({ identity }));
  assert.equal(stats.proxy?.routes.find(({ name }) => name === 'a')?.active, 1);
  const one = new TypedRequest<TWithIdentity<IGetRouteRequest>>(target(main), 'routemeter.getRoute');
  assert.equal((await one.fire({ identity, name: 'a' })).total, 1);
  const list = new TypedRequest<TWithIdentity<IGetConnectionsRequest>>(target(main), 'routemeter.getConnections');
  const page: IConnectionsPage = await list.fire({ identity, route: 'a' });
  assert.deepEqual(page.connections.map(({ clientIp }) => clientIp), ['127.0.0.1']); // prettier-ignore
  client.destroy();
  await router.stop();
  await smartProxy.stop();
});

tap.test('without a server of its own it is the same', async () => {
  const smartProxy = new FakeSmartProxy({ routes: [route('a')] });
  const { main, ours } = dcrouters();
  const router = observeRouter({ smartProxy, typedRouter: ours }, { ops: false, typedRouter: { guard: false } });
  await router.start();
  const stats = await new TypedRequest<IGetStatsRequest>(target(main), 'routemeter.getStats').fire({});
  assert.deepEqual(stats.proxy?.routes.filter(({ configured }) => configured).map(({ name }) => name), ['a']); // prettier-ignore
  await router.stop();
});

tap.test('handlers come with start() and go with stop(), and what was there stays', async () => {
  const smartProxy = new FakeSmartProxy({ routes: [route('a')] });
  const typedRouter = new TypedRouter();
  const mine = new TypedHandler<never>('getServerStatistics' as never, async () => ({}) as never);
  typedRouter.addTypedHandler(mine);
  const router = observeRouter({ smartProxy, typedRouter }, { ops: false, typedRouter: { guard: false } });
  for (let round = 0; round < 3; round++) {
    await router.start();
    await router.start();
    assert.equal(typedRouter.handlerMap.length, METHODS + 1);
    await router.stop();
    await router.stop();
    assert.deepEqual(typedRouter.handlerMap.getArray(), [mine]);
  }
  // So another one can take its place.
  const next = observeRouter({ smartProxy, typedRouter }, { ops: false, typedRouter: { guard: false } });
  assert.equal(typedRouter.handlerMap.length, METHODS + 1);
  await next.stop();
});

tap.test('a router that takes no handler off keeps ours, once', async () => {
  const smartProxy = new FakeSmartProxy({ routes: [route('a')] });
  const methods: string[] = [];
  const typedRouter = { addTypedHandler: ({ method }: { method: string }) => void methods.push(method) };
  const router = observeRouter({ smartProxy, typedRouter }, { ops: false, typedRouter: { guard: false } });
  for (let round = 0; round < 2; round++) {
    await router.start();
    await router.stop();
  }
  assert.equal(methods.length, METHODS);
});

tap.test('mistakes are refused by name, and nothing of the parts was touched', async () => {
  const smartProxy = new FakeSmartProxy({ routes: [route('a')] });
  const taken = new TypedRouter();
  taken.addTypedHandler(new TypedHandler<never>('routemeter.getTop' as never, async () => ({}) as never));
  const table: [typedRouter: unknown, options: unknown, code: string, word: RegExp][] = [
    [new TypedRouter(), undefined, 'ERR_OPTION_INVALID', /"typedRouter".*guard/],
    [undefined, { guard: false }, 'ERR_OPTION_INVALID', /"typedRouter".*part/],
    [new TypedRouter(), {}, 'ERR_OPTION_INVALID', /"guard"/],
    [new TypedRouter(), { guard: true }, 'ERR_OPTION_INVALID', /"guard"/],
    [new TypedRouter(), null, 'ERR_OPTION_INVALID', /typedRouter/],
    [new TypedRouter(), { guard: false, gard: 1 }, 'ERR_OPTION_UNKNOWN', /"gard"/],
    [null, { guard: false }, 'ERR_OPTION_INVALID', /"typedRouter\.addTypedHandler"/],
    [{}, { guard: false }, 'ERR_OPTION_INVALID', /"typedRouter\.addTypedHandler"/],
    [taken, { guard: false }, 'ERR_ALREADY_REGISTERED', /routemeter\.getTop/],
  ];
  for (const [typedRouter, options, code, word] of table) {
    const parts = { smartProxy, typedRouter };
    assert.throws(
      () => observeRouter(parts as never, { ops: false, typedRouter: options as never }),
      (error: Error & { code?: string }) => error.code === code && word.test(error.message),
      String(word),
    );
    assert.equal(Object.hasOwn(smartProxy, 'updateRoutes'), false);
    if (typedRouter instanceof TypedRouter) assert.equal(typedRouter.handlerMap.length, typedRouter === taken ? 1 : 0);
  }
});

export default tap.start({ throwOnError: true });
