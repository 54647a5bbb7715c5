import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { Readings, REMEMBERED } from '../../ts/ops/dashboard/classes.readings.js';

tap.test('the last 60 readings of each figure are remembered, newest last', async () => {
  const readings = new Readings();
  for (let index = 0; index < 100; index++) readings.add([['a', index]], index * 1000);
  expect(readings.of('a').length).toEqual(REMEMBERED);
  expect(readings.of('a')[0]).toEqual(40);
  expect(readings.of('a').at(-1)).toEqual(99);
  assert.deepEqual(readings.of('b'), []);
});

tap.test(
  'where the page did not look there is a gap, and so there is where the clock of the router was put back',
  async () => {
    const readings = new Readings();
    for (const [at, value] of [
      [0, 1],
      [5000, 2],
      [10_001, 3],
      [9000, 4],
    ] as const) {
      readings.add([['a', value]], at);
    }
    assert.deepEqual(readings.of('a'), [1, 2, null, 3, null, 4]);
  },
);

tap.test('what is not measured is kept as such, and what is gone is forgotten', async () => {
  const readings = new Readings();
  readings.add(
    [
      ['a', null],
      ['b', 1],
    ],
    0,
  );
  readings.add([['b', 2]], 1000);
  assert.deepEqual(readings.of('a'), []);
  assert.deepEqual(readings.of('b'), [1, 2]);
  readings.add([['a', null]], 2000);
  assert.deepEqual(readings.of('a'), [null]);
});

export default tap.start({ throwOnError: true });
