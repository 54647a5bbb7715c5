import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { FakeClock, FakeProxySource } from '../helpers/fakesource.js';

/** One source with two managers: one to be read all the time, so that it keeps what it can, the other only at the end. */
function world(...routes: string[]) {
  const clock = new FakeClock();
  const source = new FakeProxySource(...routes);
  source.reading.host = {
    backendConnectErrors: new Map([['a', 1]]),
    backendRetries: new Map(),
    tlsHandshakeErrors: 0,
    certificates: [],
  };
  const options = { clock, instance: 'test', limits: { routes: 5_000 } };
  const [often, once] = [new MetricsManager(options), new MetricsManager(options)];
  often.observe(source);
  once.observe(source);
  return { clock, source, often, once, id: 0 };
}
type TWorld = ReturnType<typeof world>;

/** But for the process's figures, which are not ours. */
const told = (manager: MetricsManager): object => ({ ...manager.snapshot(), process: null });

const STEPS: readonly ((its: TWorld) => unknown)[] = [
  (its) => (its.id = its.source.open('a')),
  ({ source, id }) => source.upgrade(id),
  ({ source, id }) => source.upgrade(id, 'h2c'),
  ({ source, id }) => source.startRequest(id, 'a'),
  ({ clock }) => clock.advance(1_000),
  ({ source, id }) => source.endRequest(id, 'a', 200),
  ({ source, id }) => source.startRequest(id, 'a'),
  ({ source, id }) => source.endRequest(id, 'a', 200),
  ({ source, id }) => source.startRequest(id, 'a'),
  ({ source, id }) => source.endRequest(id, 'a', null, 'POST', 30),
  ({ source, id }) => source.traffic(id, 10, 20, 5, true),
  ({ clock }) => clock.advance(10_500),
  ({ source, id }) => source.traffic(id, 0, 1),
  ({ source }) => source.emit('handler-error', { routeName: 'a', error: new Error('x') }),
  ({ source }) => source.reading.host && Object.assign(source.reading.host, { backendRetries: new Map([['a', 2]]) }),
  ({ source, id }) => source.close(id, { duration: 70, reason: 'server-end' }),
  ({ clock }) => clock.advance(9_400),
  ({ clock }) => clock.advance(200),
  (its) => (its.id = its.source.open('b')),
  ({ source, id }) => source.close(id, { duration: 7_000, reason: 'server-end', reaped: true }),
  ({ source }) => (source.reading.routes = ['b', 'c']),
  (its) => (its.id = its.source.open('a')),
  ({ source }) => (source.reading.routes = ['c', 'b']),
  ({ source, id }) => source.close(id),
  (its) => (its.id = its.source.open('late')),
  ({ source, id }) => source.close(id),
  ({ clock }) => clock.advance(3_600_000),
];

tap.test(
  'what is kept between two reads is never old, and never changes in a snapshot that was given away',
  async () => {
    for (let length = 1; length <= STEPS.length; length++) {
      const its = world('a', 'b');
      const given: [object, object][] = [];
      for (const [index, step] of STEPS.slice(0, length).entries()) {
        step(its);
        if (index % 2 === 0) await its.often.prepare();
        const snapshot = its.often.snapshot();
        given.push([snapshot, structuredClone(snapshot)]);
        // Reads bring the route table in line with the configuration; this does only that.
        await its.once.settle();
      }
      assert.deepEqual(told(its.often), told(its.once), `after ${length} steps`);
      for (const [snapshot, copy] of given) assert.deepEqual(snapshot, copy);
    }
  },
);

tap.test(
  'rates of a route: the mean of the last 10 complete seconds, then 0; null where nothing is measured',
  async () => {
    const { clock, source, often } = world('a', 'b');
    const rates = (name: string) => often.snapshot().proxy?.routes.find((route) => route.name === name)?.rates;
    clock.advance(30_000);
    assert.deepEqual([rates('a')?.connectionsPerSecond, rates('a')?.requestsPerSecond], [0, null]);
    const id = source.open('a');
    source.startRequest(id, 'a');
    source.endRequest(id, 'a');
    assert.deepEqual([rates('a')?.connectionsPerSecond, rates('a')?.requestsPerSecond], [0, 0]);
    for (let second = 1; second <= 12; second++) {
      clock.advance(1_000);
      const mean = second <= 10 ? 0.1 : 0;
      assert.deepEqual([rates('a')?.connectionsPerSecond, rates('a')?.requestsPerSecond], [mean, mean], `${second} s`);
      assert.deepEqual([rates('b')?.connectionsPerSecond, rates('b')?.requestsPerSecond], [0, null]);
    }
    source.traffic(id, 5, 0);
    clock.advance(1_000);
    assert.equal(rates('a')?.bytesInPerSecond, 0.5);
    // Round and round.
    for (let second = 1; second <= 35; second++) {
      source.close(source.open('b'));
      clock.advance(1_000);
      assert.equal(rates('b')?.connectionsPerSecond, Math.min(second, 10) / 10, `${second} s`);
    }
  },
);

tap.test('preparing pauses for other work, changes no figure, and misses nothing that happens meanwhile', async () => {
  const names = Array.from({ length: 4_000 }, (_unused, index) => `route-${index}`);
  const { source, often, once } = world(...names);
  for (const name of names) {
    const id = source.open(name);
    for (let request = 0; request < 3; request++) {
      source.startRequest(id, name);
      source.endRequest(id, name, 200 + request);
    }
    source.close(id);
  }
  let turns = 0;
  let pending = true;
  const turn = (): void => {
    turns++;
    source.close(source.open(names[turns] ?? ''), { reason: 'server-end' });
    if (pending) setImmediate(turn);
  };
  setImmediate(turn);
  await often.prepare();
  pending = false;
  assert.ok(turns >= 2, `${turns} turns`);
  assert.deepEqual(told(often), told(once));
});

tap.test('a few routes are prepared without a pause', async () => {
  const { often } = world('a', 'b');
  let turned = false;
  setImmediate(() => (turned = true));
  await often.prepare();
  assert.equal(turned, false);
});

export default tap.start({ throwOnError: true });
