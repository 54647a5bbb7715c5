import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { seeded } from '../../bench/harness/random.js';
import { IdSet } from '../../ts/manager/classes.idset.js';

tap.test('holds what a Set holds, whatever comes and goes', async () => {
  const ranges: [least: number, most: number][] = [
    [0, 40],
    [-300, 300],
    [0, 100_000],
    [2 ** 31 - 500, 2 ** 31 + 500],
    [2 ** 52, 2 ** 52 + 3_000],
  ];
  for (const [seed, [least, most]] of ranges.entries()) {
    const random = seeded(seed);
    const ids = new IdSet();
    const expected = new Set<number>();
    for (let step = 0; step < 40_000; step++) {
      const id = least + Math.floor(random() * (most - least));
      // It grows and shrinks in waves.
      if (random() < (step % 8_000 < 4_000 ? 0.7 : 0.3)) {
        ids.add(id);
        expected.add(id);
      } else assert.equal(ids.delete(id), expected.delete(id), `${id} at step ${step}`);
      assert.equal(ids.size, expected.size);
    }
    for (const id of expected) assert.equal(ids.delete(id), true);
    assert.equal(ids.size, 0);
  }
});

tap.test('ids that count up, each in for as long as thousands of others', async () => {
  const ids = new IdSet();
  for (let id = 1; id <= 200_000; id++) {
    ids.add(id);
    if (id > 4_000) assert.equal(ids.delete(id - 4_000), true);
  }
  assert.equal(ids.size, 4_000);
  assert.equal(ids.delete(1), false);
  ids.clear();
  assert.deepEqual([ids.size, ids.delete(200_000)], [0, false]);
});

tap.test('what is no number is no id', async () => {
  const ids = new IdSet();
  ids.add(NaN);
  assert.deepEqual([ids.size, ids.delete(NaN)], [0, false]);
});

export default tap.start({ throwOnError: true });
