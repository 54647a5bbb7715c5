import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { Duplex } from 'node:stream';
import { mock } from 'node:test';
import { seeded } from '../../bench/harness/random.js';
import { MetricsAwareProxy } from '../../ts/index.js';
import { Visits } from '../../ts/proxy/classes.visits.js';
import { until } from '../helpers/wait.js';

const MANY = 5_000;

/** One pass a second over records of which `moves` says which move; returns which were visited. */
function passes(visits: Visits, size: number, moves: (index: number, pass: number) => boolean) {
  let pass = 0;
  return (every = false): number[] => {
    pass++;
    visits.begin(pass * 1_000, size, every);
    const seen: number[] = [];
    for (let index = size - 1; index >= 0; index--) {
      if (!visits.isDue(index)) continue;
      seen.push(index);
      visits.visited(index, moves(index, pass));
    }
    return seen;
  };
}

function tableOf(size: number): Visits {
  const visits = new Visits(1_000);
  for (let index = 0; index < size; index++) visits.add(index);
  return visits;
}

tap.test('what does not move is visited less and less, at the latest after 8 s; what moves, each time', async () => {
  const visits = tableOf(MANY);
  const once = passes(visits, MANY, (index) => index % 100 === 0);
  const last = new Array<number>(MANY).fill(0);
  let work = 0;
  for (let pass = 1; pass <= 60; pass++) {
    const seen = once();
    assert.equal(new Set(seen).size, seen.length);
    for (const index of seen) {
      assert.ok(pass - (last[index] ?? 0) <= 8, `record ${index} after ${pass - (last[index] ?? 0)} passes`);
      last[index] = pass;
    }
    for (let index = 0; index < MANY; index += 100) assert.equal(last[index], pass);
    // What was seen before a pass is all that the figures rely on.
    assert.equal(visits.knownUntil, Math.min(...last) * 1_000);
    if (pass > 20) work += seen.length;
  }
  assert.ok(work / 40 < MANY / 4, `${work / 40} visits a pass`);
});

tap.test('records that came together do not stay together: each pass has its turn of neighbours', async () => {
  const once = passes(tableOf(MANY), MANY, () => false);
  const seen = Array.from({ length: 100 }, () => once());
  for (const pass of seen.slice(30)) {
    assert.ok(Math.abs(pass.length - MANY / 8) <= 32, `${pass.length} at once`);
    // A look at one is cheap after a look at the one beside it.
    const alone = pass.filter((index, at) => pass[at - 1] !== index + 1);
    assert.ok(alone.length <= pass.length / 30, `${alone.length} of ${pass.length} after none beside them`);
  }
});

tap.test('at the shortest beat nothing is forgotten, however long it goes on', async () => {
  const [size, longest] = [5_000, 80];
  const visits = new Visits(100);
  for (let index = 0; index < size; index++) visits.add(index);
  const random = seeded(1);
  const once = passes(visits, size, (index) => index % 7 === 0 && random() < 0.05);
  const last = new Array<number>(size).fill(0);
  for (let pass = 1; pass <= 1_000; pass++) {
    const seen = once();
    if (pass > 100) assert.ok(seen.length < size / 8, `${seen.length} in pass ${pass}`);
    for (const index of seen) {
      assert.ok(pass - (last[index] ?? 0) <= longest, `record ${index} after ${pass - (last[index] ?? 0)} passes`);
      last[index] = pass;
    }
    assert.ok(pass - Math.min(...last) < longest);
    assert.equal(visits.knownUntil, Math.min(...last) * 1_000);
  }
});

tap.test('one that begins to move is visited at the next pass again', async () => {
  const once = passes(tableOf(MANY), MANY, (index, pass) => index === 7 && pass > 30);
  const seen = Array.from({ length: 45 }, () => once().includes(7));
  const first = seen.indexOf(true, 30);
  assert.ok(first < 39);
  assert.ok(seen.slice(first).every((visited) => visited));
});

tap.test('a few are visited each time, and a sweep visits all', async () => {
  const few = passes(tableOf(100), 100, () => false);
  for (let pass = 0; pass < 20; pass++) assert.equal(few().length, 100);
  const once = passes(tableOf(MANY), MANY, () => false);
  for (let pass = 0; pass < 20; pass++) once();
  assert.equal(once(true).length, MANY);
});

tap.test('a record that takes the place of another keeps its own times', async () => {
  const visits = tableOf(MANY);
  const once = passes(visits, MANY, (index) => index === MANY - 1);
  for (let pass = 0; pass < 20; pass++) once();
  const left = 3;
  // Visited just now, and so not at the next pass.
  assert.ok(Array.from({ length: 8 }).some(() => once().includes(left)));
  visits.begin(40_000, MANY, false);
  assert.deepEqual([visits.isDue(left), visits.isDue(MANY - 1)], [false, true]);
  visits.move(MANY - 1, left);
  assert.ok(visits.isDue(left));
  visits.add(left);
  assert.ok(visits.isDue(left));
});

tap.test('many idle streams are read seldom, and a sweep tells what the passes did not', async () => {
  const begun = mock.method(Visits.prototype, 'begin');
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 100 });
  let reads = 0;
  const streams = Array.from({ length: MANY }, () => {
    const stream = Object.assign(new Duplex(), { came: 0 });
    Object.defineProperty(stream, 'bytesRead', { configurable: true, get: () => (reads++, stream.came) });
    proxy.wrapSocketHandler((_given: Duplex) => undefined, { routeName: 'a' })(stream);
    return stream;
  });
  let told = 0;
  proxy.on('traffic', ({ bytesIn }) => void (told += bytesIn));
  const more = async (count: number): Promise<void> => {
    const enough = begun.mock.callCount() + count;
    await until(() => begun.mock.callCount() >= enough, `${count} passes`);
  };
  await more(20);
  reads = 0;
  await more(10);
  assert.ok(reads < 5 * MANY, `${reads} reads of ${MANY} streams in 10 passes`);
  // The last one, which now moves all the time, takes the place of one that ends.
  const busy = streams.at(-1);
  assert.ok(busy !== undefined);
  let looks = 0;
  Object.defineProperty(busy, 'bytesRead', { get: () => ++looks });
  await proxy.sweep();
  streams[0]?.destroy();
  await until(() => proxy.activeCount() === MANY - 1, 'the end of one');
  looks = 0;
  await more(10);
  assert.ok(looks >= 9, `${looks} looks in 10 passes`);
  for (const stream of streams) stream.came = 3;
  told = 0;
  await proxy.sweep();
  assert.ok(told >= 3 * (MANY - 2), `${told} bytes`);
  for (const stream of streams) stream.destroy();
  await until(() => proxy.activeCount() === 0, 'the end');
  begun.mock.restore();
});

export default tap.start({ throwOnError: true });
