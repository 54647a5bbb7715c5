import assert from 'node:assert/strict';
import { expect, tap } from '@push.rocks/tapbundle';
import { TopList, topKey } from '../../ts/manager/classes.toplist.js';

/** A generator of its own, so that a failure can be repeated. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Ranks with Zipf's distribution (exponent 1). */
function zipf(ranks: number, random: () => number): () => number {
  const cumulative: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= ranks; rank++) cumulative.push((sum += 1 / rank));
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, ranks - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

tap.test('error bounds hold against exact counts: Zipf, with and without weights', async () => {
  // With more than 128 entries what is small is told by samples.
  for (const [seed, weighted, capacity] of [
    [1, false, 100],
    [2, true, 100],
    [3, false, 1_000],
    [4, true, 1_000],
    [5, true, 1],
  ] as const) {
    const list = new TopList(capacity, capacity);
    const random = mulberry32(seed);
    const next = zipf(5000, random);
    const exact = new Map<string, number>();
    let total = 0;
    for (let step = 0; step < 100_000; step++) {
      const key = `k${next()}`;
      const weight = weighted ? 1 + Math.floor(random() * 1000) : 1;
      list.add(key, weight);
      exact.set(key, (exact.get(key) ?? 0) + weight);
      total += weight;
    }
    const { entries, maxError } = list.snapshot();
    expect(entries.length).toEqual(capacity);
    let sum = 0;
    for (const { key, count, maxError: error } of entries) {
      const truth = exact.get(key) ?? 0;
      assert.ok(count >= truth, `${key}: ${count} < ${truth}`);
      assert.ok(count - error <= truth, `${key}: ${count} - ${error} > ${truth}`);
      assert.ok(error <= maxError);
      sum += count;
    }
    // Space-Saving loses nothing: the counts of the whole list add up to the stream.
    expect(sum).toEqual(total);
    assert.ok(maxError <= total / capacity, `${maxError} > ${total / capacity}`);
    for (const [key, truth] of exact) {
      if (truth > maxError)
        assert.ok(
          entries.some((entry) => entry.key === key),
          `${key} (${truth}) is missing`,
        );
    }
    expect(entries.map(({ count }) => count)).toEqual(entries.map(({ count }) => count).sort((a, b) => b - a));
    if (capacity === 1) continue;
    // The head of a Zipf stream is far above the error: its order is the true one.
    const head = [...exact].sort((a, b) => b[1] - a[1]).slice(0, 3).map(([key]) => key); // prettier-ignore
    expect(entries.slice(0, 3).map(({ key }) => key)).toEqual(head);
  }
});

tap.test('exact, and told so, while there is room', async () => {
  const list = new TopList(4, 2);
  for (const key of ['a', 'b', 'b', 'c', 'c', 'c']) list.add(key);
  expect(list.snapshot()).toEqual({
    entries: [
      { key: 'c', count: 3, maxError: 0 },
      { key: 'b', count: 2, maxError: 0 },
    ],
    maxError: 0,
    capacity: 4,
  });
});

tap.test('what displaces inherits the smallest count as its error', async () => {
  const list = new TopList(2, 2);
  list.add('a', 10);
  list.add('b', 4);
  list.add('c', 1);
  expect(list.snapshot()).toEqual({
    entries: [
      { key: 'a', count: 10, maxError: 0 },
      { key: 'c', count: 5, maxError: 4 },
    ],
    maxError: 4,
    capacity: 2,
  });
});

tap.test('the smallest leaves first, whatever was raised', async () => {
  for (const capacity of [50, 200]) leavesFirst(capacity);
});

function leavesFirst(capacity: number): void {
  const list = new TopList(capacity, capacity);
  const random = mulberry32(7);
  const counts = new Map<string, number>();
  for (let step = 0; step < 20_000; step++) {
    const known = [...counts.keys()];
    const key = random() < 0.9 && known.length > 0 ? (known[Math.floor(random() * known.length)] ?? '') : `n${step}`;
    const weight = 1 + Math.floor(random() * 5);
    const smallest = Math.min(...counts.values());
    list.add(key, weight);
    if (counts.has(key) || counts.size < capacity) counts.set(key, (counts.get(key) ?? 0) + weight);
    else {
      const now = new Map(list.snapshot().entries.map((entry) => [entry.key, entry.count]));
      const gone = known.filter((name) => !now.has(name));
      expect(gone.length).toEqual(1);
      expect(counts.get(gone[0] ?? '')).toEqual(smallest);
      counts.delete(gone[0] ?? '');
      counts.set(key, smallest + weight);
    }
  }
  assert.deepEqual(new Map(list.snapshot().entries.map(({ key, count }) => [key, count])), counts);
}

tap.test('a flood of random names does not push the real top 10 aside', async () => {
  const list = new TopList(2_048, 10);
  const random = mulberry32(9);
  const next = zipf(100_000, random);
  for (let step = 0; step < 1_000_000; step++) list.add(step % 10 === 0 ? `real-${next()}` : `flood-${random()}`);
  assert.deepEqual(
    list.snapshot().entries.map(({ key }) => key),
    Array.from({ length: 10 }, (_unused, rank) => `real-${rank}`),
  );
});

tap.test('a key that is held with its hash is the key itself', async () => {
  const [plain, hashed] = [new TopList(20, 20), new TopList(20, 20)];
  const random = mulberry32(9);
  const keys = Array.from({ length: 40 }, (_unused, index) => (index % 8 === 0 ? 'x'.repeat(300) : '') + index);
  const held = keys.map((key) => ({ key: topKey(key), hash: hashed.hash(topKey(key)) }));
  for (let step = 0; step < 5_000; step++) {
    const index = Math.floor(random() * 40);
    const weight = Math.floor(random() * 5) - 1;
    plain.add(keys[index] ?? '', weight);
    // Both ways into one list: they must find the same entry.
    const { key, hash } = held[index] ?? { key: '', hash: 0 };
    if (step % 2 === 0) hashed.add(keys[index] ?? '', weight);
    else hashed.addHashed(key, hash, weight);
  }
  assert.deepEqual(hashed.snapshot(), plain.snapshot());
});

tap.test('weights that are not above 0 change nothing', async () => {
  const list = new TopList(2, 2);
  for (const weight of [0, -5, Number.NaN]) list.add('a', weight);
  expect(list.snapshot().entries).toEqual([]);
});

tap.test(
  'hostile keys: long ones are cut, lone surrogates are replaced, nothing collides with what it is not',
  async () => {
    const list = new TopList(10, 10);
    list.add('x'.repeat(10_000));
    list.add('x'.repeat(255));
    list.add(`${'y'.repeat(254)}\u{1F600}`);
    list.add('\uD800');
    list.add('\uDBFF');
    list.add('__proto__');
    const entries = new Map(list.snapshot().entries.map(({ key, count }) => [key, count]));
    expect(entries.get('x'.repeat(255))).toEqual(2);
    expect(entries.get(`${'y'.repeat(254)}\uFFFD`)).toEqual(1);
    expect(entries.get('\uFFFD')).toEqual(2);
    expect(entries.get('__proto__')).toEqual(1);
    expect(entries.size).toEqual(4);
  },
);

export default tap.start({ throwOnError: true });
