import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { tap } from '@push.rocks/tapbundle';
import { MetricsAwareProxy } from '../../ts/index.js';
import type { IClock } from '../../ts/interfaces/options.js';
import type { IOpenConnection } from '../../ts/interfaces/source.js';
import { Connection } from '../../ts/proxy/classes.connection.js';
import { ConnectionTable } from '../../ts/proxy/classes.connectiontable.js';
import { Visits } from '../../ts/proxy/classes.visits.js';
import { OpenWalk } from '../../ts/proxy/classes.openwalk.js';
import { FencedEmitter } from '../../ts/shared/fencedemitter.js';
import { until } from '../helpers/wait.js';

/** Each look at the clock is later than a slice may last, so that every slice ends after its first batch. */
class HurryingClock implements IClock {
  #ms = 0;

  now(): number {
    return (this.#ms += 2);
  }

  wall(): number {
    return 1_700_000_000_000 + this.#ms;
  }
}

interface IOpened {
  readonly stream: Duplex;
  readonly id: number;
}

/** A proxy whose connections are streams that open and end in no time. */
function opener(clock?: IClock): { proxy: MetricsAwareProxy; open: (routeName?: string) => IOpened } {
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 60_000, clock });
  let lastId = 0;
  proxy.on('connection-open', ({ connectionId }) => void (lastId = connectionId));
  const wrapped = proxy.wrapSocketHandler((_stream: Duplex) => undefined, { routeName: 'web' });
  return {
    proxy,
    open: () => {
      const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => void done() });
      wrapped(stream);
      return { stream, id: lastId };
    },
  };
}

/** Numbers from 0 to 1 that are the same at each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

tap.test('shows what is open, with what the open event told and the figures of the last look', async () => {
  const { proxy, open } = opener();
  const told: unknown[] = [];
  proxy.on('connection-open', (event) => void told.push(event));
  const { stream } = open();
  Object.assign(stream, { bytesRead: 7, bytesWritten: 11 });
  await proxy.sweep();
  const shown: IOpenConnection[] = [];
  await proxy.visitOpen((connection) => void shown.push(connection));
  const [only] = shown;
  assert.ok(only !== undefined && shown.length === 1);
  const { openedAt, bytesIn, bytesOut, sendQueue, halfOpen, ...identity } = only;
  assert.deepEqual(told, [{ ...identity, timestamp: openedAt }]);
  assert.deepEqual(
    { bytesIn, bytesOut, sendQueue, halfOpen },
    { bytesIn: 7, bytesOut: 11, sendQueue: 0, halfOpen: false },
  );
  stream.destroy();
});

tap.test('what was not told as an event is not shown', async () => {
  const clock = new HurryingClock();
  const table = new ConnectionTable(new FencedEmitter(), clock, new Visits(1_000), () => undefined);
  const identity = {
    hostConnectionId: undefined,
    routeName: 'web',
    clientIp: null,
    domain: undefined,
    port: null,
    type: 'tcp' as const,
    openedAt: 0,
    timestamp: 0,
  };
  const add = (id: number) => table.add({ ...identity, id }, new Duplex() as never, 'unshifted');
  add(1);
  table.tell(add(2));
  const shown: number[] = [];
  await new OpenWalk(table, clock).visit(({ connectionId }) => void shown.push(connectionId));
  assert.deepEqual(shown, [2]);
});

tap.test('of each type the type, and no walk takes what it has not shown for shown, whatever its number', async () => {
  const identity = {
    hostConnectionId: undefined,
    routeName: 'web',
    clientIp: null,
    domain: undefined,
    port: null,
    type: 'tcp' as const,
    openedAt: 0,
    timestamp: 1_700_000_000_123,
    id: 1,
  };
  for (const walk of [1, 2, 2 ** 11 - 2, 2 ** 11 - 1, 2 ** 11, 2 ** 11 + 1, 2 ** 31, 2 ** 40]) {
    const connection = new Connection(identity, new Duplex() as never, 'unshifted');
    assert.equal(connection.timestamp, 1_700_000_000_123);
    connection.told = true;
    assert.equal(connection.isShownIn(walk), false, `${walk}`);
    for (const type of ['tls', 'http', 'https', 'websocket', 'tcp'] as const) {
      connection.type = type;
      connection.setShownIn(walk);
      assert.deepEqual([connection.isShownIn(walk), connection.type, connection.told], [true, type, true]);
      connection.type = type;
      assert.equal(connection.isShownIn(walk), true);
      assert.equal(connection.isShownIn(walk - 1), false);
    }
  }
});

tap.test('10,000 connections that end and begin meanwhile: each at most once, and all that stayed', async () => {
  const { proxy, open } = opener(new HurryingClock());
  const random = randomNumbers(7);
  const opened = Array.from({ length: 10_000 }, () => open());
  const ended = new Set<number>();
  const shown = new Map<number, number>();
  let slices = 0;
  let walking = true;
  const churn = (): void => {
    if (!walking) return;
    slices++;
    for (let index = 0; index < 8; index++) {
      const victim = opened[Math.floor(random() * opened.length)];
      if (victim === undefined || ended.has(victim.id)) continue;
      ended.add(victim.id);
      victim.stream.destroy();
      if (random() < 0.5) open().stream.once('close', () => undefined);
    }
    setImmediate(churn);
  };
  setImmediate(churn);
  await proxy.visitOpen(({ connectionId }) => shown.set(connectionId, (shown.get(connectionId) ?? 0) + 1));
  walking = false;
  assert.ok(slices > 300, `only ${slices} slices`);
  assert.ok(ended.size > 1_500, `only ${ended.size} ended`);
  assert.deepEqual(
    [...shown].filter(([, times]) => times !== 1),
    [],
    'shown more than once',
  );
  const missed = opened.filter(({ id }) => !ended.has(id) && !shown.has(id));
  assert.deepEqual(
    missed.map(({ id }) => id),
    [],
    'stayed open and were not shown',
  );
});

tap.test('connections that all end during the walk leave nothing behind, and a later walk shows nothing', async () => {
  const { proxy, open } = opener(new HurryingClock());
  const opened = Array.from({ length: 10_000 }, () => open());
  const shown = new Set<number>();
  let atOnce = 0;
  await proxy.visitOpen(({ connectionId }) => {
    shown.add(connectionId);
    if (shown.size === 1_000) for (const { stream } of opened) stream.destroy();
    if (shown.size > 1_000) atOnce++;
  });
  // What was shown after the end was told is the rest of the batch at most.
  assert.ok(atOnce < 16, `${atOnce} were shown after their end`);
  await until(() => proxy.activeCount() === 0, 'the end of all');
  await proxy.visitOpen(() => assert.fail('nothing is open'));
});

tap.test('who asks during a walk shares the next one; who asks before it shares it', async () => {
  const clock = new HurryingClock();
  const { proxy, open } = opener(clock);
  const opened = Array.from({ length: 100 }, () => open());
  const counts = [0, 0, 0, 0];
  const walks: Promise<void>[] = [];
  const order: number[] = [];
  const ask = (index: number): void => {
    const walk = proxy.visitOpen(() => {
      const seen = (counts[index] = (counts[index] ?? 0) + 1);
      if (seen === 50 && index === 0) {
        ask(2);
        ask(3);
      }
    });
    walks.push(walk.then(() => void order.push(index)));
  };
  ask(0);
  ask(1);
  await Promise.all(walks);
  await Promise.all(walks);
  assert.deepEqual(counts, [100, 100, 100, 100]);
  assert.deepEqual(order, [0, 1, 2, 3]);
  for (const { stream } of opened) stream.destroy();
});

tap.test('a visitor that throws is rejected with that; the others see all', async () => {
  const { proxy, open } = opener();
  const opened = Array.from({ length: 100 }, () => open());
  const failure = new Error('enough');
  let seen = 0;
  let others = 0;
  const failing = proxy.visitOpen(() => {
    if (++seen === 10) throw failure;
  });
  const whole = proxy.visitOpen(() => void others++);
  await assert.rejects(failing, (error) => error === failure);
  await whole;
  assert.equal(seen, 10);
  assert.equal(others, 100);
  await assert.rejects(proxy.visitOpen(undefined as never), { code: 'ERR_OPTION_INVALID' });
  for (const { stream } of opened) stream.destroy();
});

tap.test('a walk over nothing ends', async () => {
  await new MetricsAwareProxy().visitOpen(() => assert.fail('nothing is open'));
});

tap.test('walks that end early hide nothing from a later one, however many they were', async () => {
  const { proxy, open } = opener();
  const streams = Array.from({ length: 3 }, () => open().stream);
  const shown = async (): Promise<number> => {
    let count = 0;
    await proxy.visitOpen(() => void count++);
    return count;
  };
  assert.equal(await shown(), 3);
  // As many as there are marks.
  for (let walk = 1; walk < 2_047; walk++) {
    await proxy.visitOpen(() => assert.fail('enough')).catch(() => undefined);
  }
  for (let walk = 0; walk < 3; walk++) assert.equal(await shown(), 3);
  for (const stream of streams) stream.destroy();
});

export default tap.start({ throwOnError: true });
