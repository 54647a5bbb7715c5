import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { tap } from '@push.rocks/tapbundle';
import { seeded } from '../../bench/harness/random.js';
import { SlotIndex } from '../../ts/manager/classes.slotindex.js';

tap.test('finds what a Map finds, whatever came and went, full or nearly empty', async () => {
  for (const capacity of [1, 2, 3, 7, 64, 1_000]) {
    const random = seeded(capacity);
    const index = new SlotIndex(capacity);
    const expected = new Map<string, number>();
    const free = Array.from({ length: capacity }, (_unused, slot) => slot);
    const check = (key: string): void =>
      assert.equal(index.find(key, index.hash(key)), expected.get(key) ?? -1, `capacity ${capacity}: ${key}`);
    for (let step = 0; step < 20_000; step++) {
      const key = `k${Math.floor(random() * 3 * capacity)}`;
      const slot = expected.get(key);
      check(key);
      if (slot !== undefined && random() < 0.5) {
        index.delete(slot);
        expected.delete(key);
        free.push(slot);
      } else if (slot === undefined && free.length > 0) {
        const taken = free.pop() ?? 0;
        index.set(taken, key, index.hash(key));
        expected.set(key, taken);
        assert.equal(index.key(taken), key);
      }
    }
    for (let key = 0; key < 3 * capacity; key++) check(`k${key}`);
  }
});

tap.test('keys whose hashes are equal are told apart, and one that goes does not hide the others', async () => {
  const index = new SlotIndex(8);
  const keys = ['a', 'b', 'c', 'd', 'e'];
  // The last place of any table: the search goes on at the first one.
  for (const [slot, key] of keys.entries()) index.set(slot, key, -1);
  index.set(5, 'other', 0);
  for (const [slot, key] of keys.entries()) assert.equal(index.find(key, -1), slot);
  for (const gone of [0, 2, 4]) {
    index.delete(gone);
    assert.equal(index.find(keys[gone] ?? '', -1), -1);
    assert.equal(index.find('other', 0), 5);
  }
  assert.deepEqual([index.find('b', -1), index.find('d', -1)], [1, 3]);
});

tap.test('a hash depends on every character and on the length, and is the same in each index', async () => {
  const index = new SlotIndex(1);
  const base = 'some-name.example.test';
  const near = Array.from(base, (_letter, at) => `${base.slice(0, at)}X${base.slice(at + 1)}`);
  const other = [
    '',
    '\0',
    '\0\0',
    '\0\0\0',
    'a',
    'aa',
    'ab',
    'ba',
    '\u8000a',
    'ā',
    base,
    `${base}\0`,
    `\0${base}`,
    ...near,
  ];
  assert.equal(new Set(other.map((key) => index.hash(key))).size, other.length);
  assert.equal(index.hash(`${base}`), index.hash(['some-name', 'example', 'test'].join('.')));
  assert.equal(new SlotIndex(1_000).hash(base), index.hash(base));
});

tap.test('a hash is another one in each process: nobody knows before which names collide', async () => {
  const file = new URL('../../ts/manager/classes.slotindex.ts', import.meta.url).href;
  const code = `import(${JSON.stringify(file)}).then(({ SlotIndex }) => console.log(new SlotIndex(1).hash('a.test')))`;
  const hashes = Array.from({ length: 3 }, () => execFileSync(process.execPath, [...process.execArgv, '-e', code], { encoding: 'utf8' })); // prettier-ignore
  assert.match(hashes[0] ?? '', /^-?\d+\n$/);
  assert.ok(new Set(hashes).size > 1, hashes.join());
});

tap.test('hashes of names that differ little spread evenly', async () => {
  const index = new SlotIndex(1);
  const [names, places] = [64_000, 64];
  for (const shift of [0, 13, 26]) {
    const counts = new Array<number>(places).fill(0);
    for (let name = 0; name < names; name++) {
      const place = (index.hash(`name-${name}.example.test`) >>> shift) % places;
      counts[place] = (counts[place] ?? 0) + 1;
    }
    // 1,000 on average, with a deviation of some 32: far from both bounds, and far from a hash that misses a bit.
    for (const count of counts) assert.ok(count > 500 && count < 2_000, `${count} of ${names} at one of ${places}`);
  }
});

export default tap.start({ throwOnError: true });
