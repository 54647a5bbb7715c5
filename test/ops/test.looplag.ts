import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tap } from '@push.rocks/tapbundle';
import type { ISystemAnswer } from '../../ts/interfaces/ops.js';
import { LoopLag } from '../../ts/ops/classes.looplag.js';
import { until } from '../helpers/wait.js';

mock.timers.enable({ apis: ['setInterval'] });

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Read anew: what a property was a moment ago says nothing. */
const reading = (lag: LoopLag): ISystemAnswer['eventLoop'] => lag.reading;

tap.test('a loop that was held shows so, of the last complete 10 s only', async () => {
  const lag = new LoopLag();
  assert.equal(reading(lag), null);
  lag.start();
  lag.start();
  // The first turn of its timer begins the measurement.
  await sleep(60);
  block(300);
  await sleep(60);
  assert.equal(reading(lag), null, 'not before the window is complete');
  mock.timers.tick(10_000);
  const { lagMeanSeconds = NaN, lagP99Seconds = NaN, lagMaxSeconds = NaN } = reading(lag) ?? {};
  assert.ok(lagMaxSeconds > 0.2 && lagMaxSeconds < 5, `${lagMaxSeconds} s`);
  assert.ok(lagMeanSeconds > 0 && lagMeanSeconds < lagMaxSeconds && lagP99Seconds <= lagMaxSeconds);
  await until(async () => {
    await sleep(100);
    mock.timers.tick(10_000);
    return (reading(lag)?.lagMaxSeconds ?? NaN) < lagMaxSeconds;
  }, 'that what was before is forgotten');
  // What an idle loop takes is no lag: the time between two turns itself does not count.
  await until(async () => {
    await sleep(100);
    mock.timers.tick(10_000);
    return (reading(lag)?.lagMeanSeconds ?? NaN) < 0.015;
  }, 'an idle loop');
  lag.stop();
  lag.stop();
  assert.equal(reading(lag), null);
  mock.timers.tick(10_000);
  assert.equal(reading(lag), null, 'nothing runs on');
  lag.start();
  mock.timers.tick(10_000);
  // Not one turn of the timer was measured: that is no reason for a figure that is none.
  assert.deepEqual(Object.values(reading(lag) ?? {}).map(Number.isFinite), [true, true, true]);
  lag.stop();
});

export default tap.start({ throwOnError: true });
