import { tap } from '@push.rocks/tapbundle';
import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { MetricsManager } from '../../ts/index.js';
import { FakeClock, FakeProxySource } from '../helpers/fakesource.js';

const ROUTES = ['web', 'mail', 'chat'];
const which = fc.nat(5);
const actions = fc.array(
  fc.record({
    do: fc.constantFrom(
      'open', 'traffic', 'upgrade', 'start', 'end', 'close', 'fail', 'retry', 'swap', 'refuse', 'configure', 'wait', 'long',
    ), // prettier-ignore
    route: fc.constantFrom(...ROUTES),
    which,
    amount: fc.integer({ min: 1, max: 1500 }),
  }),
  { minLength: 1, maxLength: 40 },
);
type TAction = typeof actions extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

/** The routes at the end, read there for the first time or after each action as well. */
async function routesAfter(script: readonly TAction[], readOften: boolean): Promise<unknown> {
  const clock = new FakeClock();
  const manager = new MetricsManager({ clock });
  const source = new FakeProxySource(...ROUTES);
  manager.observe(source);
  // A route that nothing points to would be retired at a read.
  for (const route of ROUTES) source.open(route);
  const open: { id: number; route: string }[] = [];
  const [errors, retries] = [new Map<string, number>(), new Map<string, number>()];
  const play = ({ do: what, route, which: at, amount }: TAction): void => {
    const one = open[at];
    switch (what) {
      case 'open':
        open.push({ id: source.open(route, { timestamp: amount }), route });
        break;
      case 'fail':
        source.emit('handler-error', { routeName: route, error: null });
        break;
      case 'refuse':
        errors.set(route, amount);
        break;
      case 'retry':
        retries.set(route, amount);
        break;
      case 'swap': {
        const count = errors.get(route);
        errors.delete(route);
        if (count !== undefined) retries.set(route, count);
        break;
      }
      case 'configure':
        source.reading.routes = ROUTES.filter((name) => name !== route || at % 2 === 0);
        break;
      case 'wait':
        clock.advance(amount);
        break;
      case 'long':
        clock.advance(amount * 10);
        break;
      case 'traffic':
        if (one !== undefined) source.traffic(one.id, amount, at, at % 3, at % 2 === 0);
        break;
      case 'upgrade':
        if (one !== undefined) source.upgrade(one.id);
        break;
      case 'start':
        if (one !== undefined) source.startRequest(one.id, one.route);
        break;
      case 'end':
        if (one !== undefined) source.endRequest(one.id, one.route, 200, 'GET', amount);
        break;
      case 'close':
        if (one === undefined) break;
        open.splice(at, 1);
        source.close(one.id, { duration: amount, timestamp: amount });
        break;
    }
    source.reading.host = {
      backendConnectErrors: new Map(errors),
      backendRetries: new Map(retries),
      tlsHandshakeErrors: 0,
      certificates: [],
    };
  };
  for (const action of script) {
    play(action);
    if (!readOften) continue;
    if (action.which % 2 === 0) await manager.prepare();
    if (action.which % 3 === 0) manager.snapshot();
  }
  return manager.snapshot().proxy?.routes;
}

tap.test('what is kept from one read to the next is what a first read finds, whatever happened between', async () => {
  const property = fc.asyncProperty(actions, async (script) => {
    assert.deepEqual(await routesAfter(script, true), await routesAfter(script, false));
  });
  await fc.assert(property, { numRuns: 300 });
});

export default tap.start({ throwOnError: true });
