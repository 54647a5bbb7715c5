import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { TypedHandler, TypedResponseError, TypedRouter } from '@api.global/typedrequest';
import type { ITypedCall, ITypedHandler, TTypedGuard } from '../../ts/interfaces/typedrouter.js';
import { OpsHandler } from '../../ts/ops/index.js';
import { problemSchema } from '../../ts/schema/opsanswers.js';
import { statsSchema } from '../../ts/schema/statsschema.js';
import type { RoutemeterError } from '../../ts/shared/errors.js';
import { SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { fire, METHODS, refused } from './typed.js';

const server = new OpsHandler({ source: sourceOf(SNAPSHOT) });
/** Nobody is asked. */
const OPEN = { guard: false } as const;

function registered(guard: TTypedGuard | false = false): TypedRouter {
  const router = new TypedRouter();
  server.registerOn(router, { guard });
  return router;
}

tap.test('the guard is asked before anything else, with all that is known of the caller', async () => {
  const seen: ITypedCall[] = [];
  const router = registered((call) => {
    seen.push(call);
    return (call.localData as { peer?: string }).peer === 'admin';
  });
  for (const method of METHODS) {
    const request = { identity: 'me', list: 'routes', name: 'web', limit: 'nonsense' };
    const { text, data } = await refused(router, method, request, { peer: 'nobody' });
    assert.equal(text, 'the guard does not allow this request');
    assert.equal(problemSchema.parse(data).status, 403);
    const { request: shown, method: asked } = seen.at(-1) ?? assert.fail(method);
    assert.deepEqual([asked, shown], [method, request]);
  }
  assert.ok(statsSchema.safeParse(await fire(router, 'routemeter.getStats', {}, { peer: 'admin' })).success);
});

tap.test('only true is allowed; a guard that fails refuses, and its failure is told to the logger alone', async () => {
  const table: [what: string, guard: unknown, text: string | null][] = [
    ['true', () => true, null],
    ['a promise of true', async () => true, null],
    ['false', () => false, 'the guard does not allow this request'],
    ['a promise of false', async () => false, 'the guard does not allow this request'],
    ['nothing', () => undefined, 'the guard does not allow this request'],
    ['a text', () => 'yes', 'the guard does not allow this request'],
    ['1', () => 1, 'the guard does not allow this request'],
    ['an error', () => assert.fail('password 123'), 'the guard does not allow this request'],
    ['a rejection', () => Promise.reject(new Error('password 123')), 'the guard does not allow this request'],
    ['null', () => Promise.reject(null), 'the guard does not allow this request'],
    ['the real error', () => Promise.reject(new TypedResponseError('log in first', { why: 1 })), 'log in first'],
    ['the real error, bare', () => { throw new TypedResponseError('log in first'); }, 'log in first'],
  ]; // prettier-ignore
  for (const [what, guard, text] of table) {
    const router = registered(guard as TTypedGuard);
    if (text === null) assert.ok(await fire(router, 'routemeter.getHistory', {}), what);
    else assert.equal((await refused(router, 'routemeter.getHistory', {})).text, text, what);
  }
  const told: string[] = [];
  const logged = new OpsHandler({ source: sourceOf(SNAPSHOT), logger: { warn: (line) => void told.push(line) } });
  const router = new TypedRouter();
  logged.registerOn(router, { guard: () => Promise.reject(new Error('no database')) });
  for (let turn = 0; turn < 3; turn++) await refused(router, 'routemeter.getStats', {});
  assert.deepEqual(told, ['the guard of the typed router failed (told once): Error: no database']);
  logged.stop();
});

tap.test('middleware of a router above does not protect a router below: the guard does', async () => {
  const above = new TypedRouter();
  above.addMiddleware(() => Promise.reject(new TypedResponseError('stop')));
  const open = new TypedRouter();
  server.registerOn(open, OPEN);
  above.addTypedRouter(open);
  assert.ok(await fire(above, 'routemeter.getStats', {}), 'what made the guard a must');
  const guarded = registered(() => false);
  const other = new TypedRouter();
  other.addTypedRouter(guarded);
  assert.match((await refused(other, 'routemeter.getStats', {})).text, /the guard/);
});

tap.test('the guard has no default', async () => {
  const bad: unknown[] = [
    undefined,
    null,
    {},
    { guard: undefined },
    { guard: true },
    { guard: null },
    { guard: 'no' },
    [],
  ];
  for (const options of bad) {
    const router = new TypedRouter();
    assert.throws(
      () => server.registerOn(router, options as never),
      { code: 'ERR_OPTION_INVALID' },
      JSON.stringify(options),
    );
    assert.equal(router.handlerMap.length, 0);
  }
  assert.throws(() => server.registerOn(new TypedRouter(), { ...OPEN, prefix: 'x' } as never), {
    code: 'ERR_OPTION_UNKNOWN',
  });
  for (const router of [undefined, null, {}, { addTypedHandler: 5 }]) {
    assert.throws(() => server.registerOn(router as never, OPEN), /"typedRouter\.addTypedHandler"/);
  }
});

tap.test(
  'a method that is taken, here or in a router that is connected: one error, and nothing is registered',
  async () => {
    const clash = (router: TypedRouter, taken: RegExp): void => {
      const before = router.handlerMap.length;
      assert.throws(
        () => server.registerOn(router, OPEN),
        (error: RoutemeterError) => error.code === 'ERR_ALREADY_REGISTERED' && taken.test(error.message),
      );
      assert.equal(router.handlerMap.length, before);
    };
    const twice = registered();
    clash(twice, /a handler of routemeter\.getStats, .*routemeter\.getSystem already/);
    const below = new TypedRouter();
    twice.addTypedRouter(below);
    clash(below, /routemeter\.getStats/);
    const one = new TypedRouter();
    one.addTypedHandler(new TypedHandler<never>('routemeter.getTop' as never, async () => ({}) as never));
    clash(one, /a handler of routemeter\.getTop already/);
  },
);

tap.test('what was registered can be taken off, and registered again', async () => {
  const router = registered();
  const mine = new TypedHandler<never>('getServerStatistics' as never, async () => ({ mine: true }) as never);
  router.addTypedHandler(mine);
  const other = new TypedRouter();
  const off = server.registerOn(other, OPEN);
  assert.equal(off(), true);
  assert.equal(off(), true);
  assert.deepEqual([router.handlerMap.length, other.handlerMap.length], [METHODS.length + 1, 0]);
  for (const method of METHODS) assert.equal(other.checkForTypedHandler(method), false);
  server.registerOn(other, OPEN);
  assert.ok(await fire(other, 'routemeter.getStats', {}));
});

tap.test('a router of another make needs no more than addTypedHandler()', async () => {
  const handlers: ITypedHandler[] = [];
  const off = server.registerOn({ addTypedHandler: (handler) => void handlers.push(handler) }, OPEN);
  assert.deepEqual(handlers.map(({ method }) => method), METHODS); // prettier-ignore
  assert.equal(off(), false);
  const callOf = (method: string): ITypedCall => {
    return { method, request: {}, response: null, correlation: { id: 'one', phase: 'request' } };
  };
  const call = callOf('routemeter.getStats');
  const answer = handlers[0]?.addResponse(call);
  assert.ok(answer instanceof Promise);
  assert.equal(await answer, call);
  assert.ok(statsSchema.safeParse(call.response).success);
  // Transports whose answers come apart find theirs by this.
  assert.deepEqual(call.correlation, { id: 'one', phase: 'response' });
  const failed = await handlers[1]?.addResponse(callOf('routemeter.getRoute'));
  assert.deepEqual(
    [failed?.correlation?.phase, failed?.error?.text.startsWith('parameter "name"')],
    ['response', true],
  );
  // One that refuses in the middle, and does not tell before.
  const kept = new Set<ITypedHandler>();
  const full = {
    addTypedHandler: (handler: ITypedHandler) => void (kept.size < 3 ? kept.add(handler) : assert.fail('full')),
    handlerMap: { remove: (handler: ITypedHandler) => kept.delete(handler) },
  };
  assert.throws(() => server.registerOn(full, OPEN), /full/);
  assert.equal(kept.size, 0);
});

export default tap.start({ throwOnError: true });
