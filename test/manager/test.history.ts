import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { seeded } from '../../bench/harness/random.js';
import { History } from '../../ts/manager/classes.history.js';
import { RateWindow } from '../../ts/manager/classes.ratewindow.js';

type TRead = (history: History, now: number) => unknown;

const READS: readonly (readonly [name: string, read: TRead])[] = [
  ['windowSeconds', (history, now) => history.windowSeconds(now)],
  ['second', (history, now) => history.second(now)],
  ['perSecond', (history, now) => history.perSecond(0, now)],
  ['snapshot', (history, now) => history.snapshot(now, now)],
];

tap.test('what is read later, and how, moves nothing out of the second that it came in', async () => {
  for (const [name, read] of READS) {
    const history = new History(['a', 'b'], 100);
    history.add(0, 3, 100);
    history.add(0, 4, 1_099);
    history.add(1, 5, 1_099);
    read(history, 1_099.5);
    history.add(0, 2, 1_099.9);
    read(history, 3_700);
    history.add(0, 1, 3_800);
    const [seconds] = history.snapshot(4_100, 0);
    assert.deepEqual(seconds?.series['a']?.slice(-4), [9, 0, 0, 1], name);
    assert.deepEqual(seconds?.series['b']?.slice(-4), [5, 0, 0, 0], name);
  }
});

tap.test('seconds and minutes hold what rings of their own hold', async () => {
  const random = seeded(7);
  const history = new History(['a', 'b'], 0);
  const seconds = new RateWindow(2, 60, 1_000, 0);
  const minutes = new RateWindow(2, 60, 60_000, 0);
  let now = 0;
  for (let step = 0; step < 50_000; step++) {
    const [column, amount] = [step % 2, Math.floor(random() * 1_000)];
    history.add(column, amount, now);
    seconds.add(column, amount, now);
    minutes.add(column, amount, now);
    // Mostly within a second, at times across minutes, and now and then back.
    now += random() < 0.01 ? random() * 100_000 : random() * 300 - 10;
    if (step % 97 !== 0) continue;
    const [inSeconds, inMinutes] = history.snapshot(now, 0);
    for (const [at, name] of ['a', 'b'].entries()) {
      assert.deepEqual(inSeconds?.series[name], seconds.series(at, now), `step ${step}`);
      assert.deepEqual(inMinutes?.series[name], minutes.series(at, now), `step ${step}`);
    }
  }
});

export default tap.start({ throwOnError: true });
