import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AnswerCache } from '../../../../ts/dns/front/cache/classes.answercache.js';
import { readQuery } from '../../../../ts/dns/front/query.js';
import { message, question } from './message.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapUsed(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

const MIB = 1024 * 1024;

/** Long names, all different, whose letters are `first` and those after it. */
const nameOf = (index: number, first: number): number[] => {
  const labels = Array.from({ length: 4 }, (_unused, label) => [
    50,
    ...Array.from({ length: 50 }, (_none, at) => first + (label === 0 ? (index >> at) & 1 : 0)),
  ]);
  return [...labels.flat(), 0];
};

tap.test('a cache that is full weighs what it says, whatever the names are made of', async () => {
  for (const [what, first] of [
    ['letters', 0x61],
    ['octets that are escaped', 1],
  ] as const) {
    const cache = new AnswerCache({ maxBytes: 4 * MIB });
    const before = heapUsed();
    for (let index = 0; index < 10_000; index++) {
      const name = nameOf(index, first);
      const query = readQuery(message({ name, flags: 0x0100 }));
      assert.ok(typeof query === 'object' && query.question !== null);
      cache.store(question('', { name: query.question.name }), message({ name, answers: [{}] }), cache.generation, 0);
    }
    assert.ok(cache.evictions > 0 && cache.bytes > 3 * MIB, what);
    const grown = heapUsed() - before;
    assert.ok(grown < 2 * 4 * MIB, `${what}: ${Math.round(grown / 1024)} KiB`);
    // Held until it was measured.
    assert.ok(cache.entries > 0);
  }
});

export default tap.start({ throwOnError: true });
