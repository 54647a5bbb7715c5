import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { Coalescer } from '../../../../ts/dns/front/cache/classes.coalescer.js';
import { flightKey } from '../../../../ts/dns/front/cache/question.js';
import { question } from './message.js';

tap.test('the first asks, the others wait, all are settled once and in order', async () => {
  const coalescer = new Coalescer<number>();
  const key = flightKey(question(), 0);
  assert.deepEqual([coalescer.join(key, 1), coalescer.join(key, 2), coalescer.join(key, 3)], [true, false, false]);
  assert.equal(coalescer.flights, 1);
  assert.deepEqual(coalescer.settle(key), [1, 2, 3]);
  assert.equal(coalescer.flights, 0);
  assert.deepEqual(coalescer.settle(key), []);
  assert.equal(coalescer.join(key, 4), true);
  assert.deepEqual(coalescer.settle(key), [4]);
});

tap.test('other questions are flights of their own', async () => {
  const coalescer = new Coalescer<string>();
  const keys = [question(), question('a.b'), question(undefined, { do: true }), question(undefined, { type: 28 })];
  for (const key of keys) assert.equal(coalescer.join(flightKey(key, 0), 'waiter'), true);
  assert.equal(coalescer.flights, keys.length);
});

tap.test('who asks after an invalidation does not wait for an answer from before', async () => {
  const coalescer = new Coalescer<number>();
  assert.equal(coalescer.join(flightKey(question(), 0), 1), true);
  assert.equal(coalescer.join(flightKey(question(), 1), 2), true);
  assert.deepEqual(coalescer.settle(flightKey(question(), 0)), [1]);
  assert.deepEqual(coalescer.settle(flightKey(question(), 1)), [2]);
  assert.notEqual(flightKey(question(), 1), flightKey(question(), 11));
});

tap.test('who joins while the waiters are answered is first again', async () => {
  const coalescer = new Coalescer<number>();
  coalescer.join('k', 1);
  const waiters = coalescer.settle('k');
  assert.equal(coalescer.join('k', 2), true);
  assert.deepEqual(waiters, [1]);
});

export default tap.start({ throwOnError: true });
