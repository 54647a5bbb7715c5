import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { seeded } from '../../bench/harness/random.js';
import { Connection } from '../../ts/manager/classes.connection.js';
import { Connections } from '../../ts/manager/classes.connections.js';
import { Route } from '../../ts/manager/classes.route.js';
import { RouteBlock } from '../../ts/manager/classes.routeblock.js';

const route = new Route('a', 0, new RouteBlock(0));
const made = (id: number): Connection => new Connection(id, route, null, 0, 0);

/** Ids that count up, that count down, that share their low bits, that are beyond 32 bits. */
const IDS: readonly (readonly [name: string, id: (index: number) => number])[] = [
  ['up', (index) => index + 1],
  ['down', (index) => -index],
  ['low bits alike', (index) => index * 1024],
  ['beyond 32 bits', (index) => 2 ** 33 + index * 3],
];

tap.test('finds what a Map finds, whatever came and went, of few and of many', async () => {
  for (const [name, idOf] of IDS) {
    for (const most of [1, 2, 5, 100, 1_500]) {
      const random = seeded(most);
      const connections = new Connections();
      const expected = new Map<number, Connection>();
      for (let step = 0; step < 6 * most; step++) {
        const id = idOf(Math.floor(random() * 2 * most));
        const known = expected.get(id);
        assert.equal(connections.get(id), known, `${name}, ${id}`);
        if (known === undefined && expected.size < most) {
          const connection = made(id);
          connections.add(connection);
          expected.set(id, connection);
        } else if (known !== undefined && random() < 0.6) {
          connections.delete(known);
          expected.delete(id);
        }
        assert.equal(connections.size, expected.size);
      }
      for (let index = 0; index < 2 * most; index++) {
        assert.equal(connections.get(idOf(index)), expected.get(idOf(index)), name);
      }
      const all = [...connections].map(({ id }) => id);
      assert.equal(all.length, expected.size);
      assert.deepEqual(new Set(all), new Set(expected.keys()));
    }
  }
});

tap.test('ids that count up are each found at once', async () => {
  const connections = new Connections();
  const all = Array.from({ length: 3_000 }, (_unused, index) => made(index));
  for (const connection of all) connections.add(connection);
  assert.equal(all.filter(({ next }) => next !== null).length, 0);
});

tap.test('one that is not in it, or went already, takes nothing with it', async () => {
  const connections = new Connections();
  const [first, second, stranger] = [made(1), made(2), made(1)];
  connections.add(first);
  connections.add(second);
  connections.delete(stranger);
  assert.deepEqual([connections.size, connections.get(1), connections.get(2)], [2, first, second]);
  connections.delete(first);
  connections.delete(first);
  assert.deepEqual([connections.size, connections.get(1), connections.get(2)], [1, undefined, second]);
});

tap.test('while it is walked, the one that was given last may go', async () => {
  const connections = new Connections();
  for (let index = 0; index < 100; index++) connections.add(made(index * 1024));
  let walked = 0;
  for (const connection of connections) {
    walked++;
    connections.delete(connection);
    // One that is held on to holds no other.
    assert.equal(connection.next, null);
  }
  assert.deepEqual([walked, connections.size], [100, 0]);
});

export default tap.start({ throwOnError: true });
