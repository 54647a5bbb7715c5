import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { seeded } from '../../bench/harness/random.js';
import { TopDomains } from '../../ts/manager/classes.topdomains.js';
import { TopList } from '../../ts/manager/classes.toplist.js';
import { managerSettings } from '../../ts/manager/settings.js';

const settings = { ...managerSettings({}), capacity: 20, shown: 20 };

/** Tells the same to two lists, name by name. */
class Plain {
  readonly byQueries = new TopList(settings.capacity, settings.shown);
  byTime: TopList | null = null;

  asked(domain: string): void {
    this.byQueries.add(domain);
  }

  answered(domain: string, ms: number): void {
    this.byTime ??= new TopList(settings.capacity, settings.shown);
    this.byTime.add(domain, ms);
  }
}

/** `order`: which of those that wait is answered next. `reads`: how seldom somebody looks. */
function play(seed: number, order: (waiting: number, random: () => number) => number, reads: number): void {
  const random = seeded(seed);
  const [gathered, plain] = [new TopDomains(settings), new Plain()];
  const waiting: string[] = [];
  const most = [1, 5, 32, 700][seed % 4] ?? 1;
  for (let step = 0; step < Math.min(1_000 * reads, 20_000); step++) {
    if (waiting.length < most && random() < 0.7) {
      // A string of its own each time, as out of packets.
      const domain = ['name-', Math.floor(60 ** random()), '.test'].join('');
      waiting.push(domain);
      for (const one of [gathered, plain]) one.asked(domain);
    } else if (waiting.length > 0) {
      const [domain = ''] = waiting.splice(order(waiting.length, random), 1);
      // Of some it is never told, of some it took no time.
      const ms = Math.floor(random() * 4);
      if (random() < 0.9) for (const one of [gathered, plain]) one.answered(domain, ms);
    }
    if (step % reads === reads - 1) {
      assert.deepEqual(gathered.byQueries.snapshot(), plain.byQueries.snapshot(), `seed ${seed}, step ${step}`);
      assert.deepEqual(gathered.byTime?.snapshot(), plain.byTime?.snapshot(), `seed ${seed}, step ${step}`);
    }
  }
}

tap.test('both lists are what they would be if they were told at once, whenever somebody looks', async () => {
  for (let seed = 0; seed < 8; seed++) {
    for (const reads of [1, 7, 1_000]) {
      play(seed, () => 0, reads);
      play(seed, (waiting, random) => Math.floor(random() * waiting), reads);
      play(seed, (waiting, random) => Math.min(waiting - 1, Math.floor(random() * 3)), reads);
    }
  }
});

tap.test('there is no list by time before a time was told, be it 0', async () => {
  const domains = new TopDomains(settings);
  domains.asked('a.test');
  const before = domains.byTime;
  assert.equal(before, null);
  domains.answered('a.test', 0);
  assert.deepEqual(domains.byTime?.snapshot().entries, []);
  assert.deepEqual(domains.byQueries.snapshot().entries, [{ key: 'a.test', count: 1, maxError: 0 }]);
});

export default tap.start({ throwOnError: true });
