import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { bucketsOf } from '../../ts/ops/dashboard/buckets.js';

const edges = [0.005, 0.1, 60];
const labels = (counts: readonly number[]): string[] =>
  bucketsOf({ edges, counts, sum: 0, count: 0 }).map(({ label, value }) => `${label}: ${value}`);

tap.test('every bucket is named by its bounds, the first and the last as open ends', async () => {
  assert.deepEqual(labels([1, 2, 3, 4]), ['up to 5 ms: 1', '5 ms – 100 ms: 2', '100 ms – 1 m: 3', 'over 1 m: 4']);
});

tap.test('empty buckets are left out at the ends and shown between', async () => {
  assert.deepEqual(labels([0, 2, 0, 0]), ['5 ms – 100 ms: 2']);
  assert.deepEqual(labels([1, 0, 0, 4]), ['up to 5 ms: 1', '5 ms – 100 ms: 0', '100 ms – 1 m: 0', 'over 1 m: 4']);
  assert.deepEqual(labels([0, 0, 0, 0]), []);
});

tap.test('buckets have the keys that Prometheus gives them, and without edges there is one', async () => {
  const keys = bucketsOf({ edges, counts: [1, 1, 1, 1], sum: 0, count: 4 }).map(({ key }) => key);
  assert.deepEqual(keys, ['0.005', '0.1', '60', '+Inf']);
  assert.deepEqual(bucketsOf({ edges: [], counts: [3], sum: 1, count: 3 }), [{ key: '+Inf', label: 'any', value: 3 }]);
});

export default tap.start({ throwOnError: true });
