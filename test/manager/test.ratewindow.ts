import assert from 'node:assert/strict';
import { expect, tap } from '@push.rocks/tapbundle';
import { RATE_SECONDS, RateWindow } from '../../ts/manager/classes.ratewindow.js';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { FakeClock, FakeProxySource } from '../helpers/fakesource.js';

const HOUR = 3_600_000;

tap.test('a steady stream stays flat, exactly, over hours', async () => {
  const window = new RateWindow(1, RATE_SECONDS, 1000, 500);
  for (let step = 1; step <= 4 * 3600 * 5; step++) {
    const now = 500 + step * 200;
    window.add(0, 10, now);
    // Look after each second's first amount, and between seconds as well.
    if (now >= 500 + 11_000 && step % 7 === 0) expect(window.sum(0, RATE_SECONDS, now)).toEqual(500);
  }
});

tap.test('what passes unseen is zeroed, and nothing older shines through', async () => {
  const window = new RateWindow(1, 60, 1000, 0);
  for (let second = 0; second < 60; second++) window.add(0, 1, second * 1000);
  expect(window.sum(0, 60, 60_000)).toEqual(60);
  expect(window.sum(0, 60, 90_000)).toEqual(30);
  expect(window.sum(0, 60, 60_000 + 60_000)).toEqual(0);
  window.add(0, 7, 5 * HOUR);
  expect(window.sum(0, 60, 5 * HOUR)).toEqual(0); // still running
  expect(window.sum(0, 60, 5 * HOUR + 1000)).toEqual(7);
  // Exactly one turn of the ring later the running slot must not hold the old amount.
  expect(window.sum(0, 60, 5 * HOUR + 61_000)).toEqual(0);
  window.add(0, 1, 5 * HOUR + 61_000);
  expect(window.sum(0, 60, 5 * HOUR + 62_000)).toEqual(1);
});

tap.test('a jump of exactly one turn and of many turns', async () => {
  for (const jump of [59, 60, 61, 62, 122, 1_000_000]) {
    const window = new RateWindow(1, 60, 1000, 0);
    window.add(0, 5, 0);
    const expected = jump <= 60 ? 5 : 0;
    assert.equal(window.sum(0, 60, jump * 1000), expected, `after ${jump} s`);
  }
});

tap.test('time that goes back, or is none, counts into the running slot', async () => {
  const window = new RateWindow(1, 60, 1000, 0);
  window.add(0, 1, 10_000);
  window.add(0, 1, 4_000);
  window.add(0, 1, Number.NaN);
  window.add(0, 1, Infinity);
  expect(window.sum(0, 60, 11_000)).toEqual(4);
  expect(window.complete(11_000)).toEqual(11);
});

tap.test('columns share a ring and not their amounts', async () => {
  const window = new RateWindow(3, 10, 1000, 0);
  window.add(0, 1, 0);
  window.add(2, 4, 0);
  window.add(2, 4, 1000);
  expect([0, 1, 2].map((column) => window.sum(column, 10, 2000))).toEqual([1, 0, 8]);
  expect(window.series(2, 2000)).toEqual([...Array<null>(8).fill(null), 4, 4]);
});

tap.test(
  'rates: null before the first complete second, then the mean of as many as there were, at most 10',
  async () => {
    const clock = new FakeClock();
    clock.ms = 123_456;
    const manager = new MetricsManager({ clock });
    const source = new FakeProxySource('a');
    manager.observe(source);
    const rates = () => manager.snapshot().proxy?.rates;
    source.open('a');
    source.open('a');
    clock.advance(999);
    expect(rates()).toEqual({
      windowSeconds: 0,
      connectionsPerSecond: null,
      requestsPerSecond: null,
      bytesInPerSecond: null,
      bytesOutPerSecond: null,
    });
    clock.advance(1);
    expect(rates()?.windowSeconds).toEqual(1);
    expect(rates()?.connectionsPerSecond).toEqual(2);
    clock.advance(3000);
    expect(rates()?.windowSeconds).toEqual(4);
    expect(rates()?.connectionsPerSecond).toEqual(0.5);
    assert.equal(rates()?.requestsPerSecond, null); // no HTTP server was observed
    clock.advance(HOUR);
    expect(rates()?.windowSeconds).toEqual(10);
    expect(rates()?.connectionsPerSecond).toEqual(0);
  },
);

tap.test('rates of the total and of each route stay flat for hours, requests only where there are some', async () => {
  const clock = new FakeClock();
  const manager = new MetricsManager({ clock });
  const source = new FakeProxySource('a', 'b');
  manager.observe(source);
  const ids = [source.open('a'), source.open('b')] as const;
  for (let second = 0; second < 2 * 3600; second++) {
    source.traffic(ids[0], 1000, 2000);
    source.traffic(ids[1], 1, 0);
    source.startRequest(ids[0], 'a');
    source.endRequest(ids[0], 'a');
    clock.advance(1000);
    if (second % 601 !== 600) continue;
    const proxy = manager.snapshot().proxy;
    assert.deepEqual(proxy?.rates, {
      windowSeconds: 10,
      connectionsPerSecond: 0,
      requestsPerSecond: 1,
      bytesInPerSecond: 1001,
      bytesOutPerSecond: 2000,
    });
    assert.deepEqual(proxy.routes.map(({ rates }) => [rates.bytesInPerSecond, rates.requestsPerSecond]), [
      [1000, 1],
      [1, null],
    ]); // prettier-ignore
    const minutes = proxy.history.find(({ slotSeconds }) => slotSeconds === 60);
    const complete = Math.min(60, Math.floor((second + 1) / 60));
    assert.deepEqual(minutes?.series['bytesIn'], [
      ...Array<null>(60 - complete).fill(null),
      ...Array<number>(complete).fill(60_060),
    ]);
    assert.equal(minutes.until, clock.wall() - (clock.ms % 60_000));
  }
});

tap.test('history: 60 complete seconds and minutes, oldest first, null before the start', async () => {
  const clock = new FakeClock();
  const manager = new MetricsManager({ clock });
  const source = new FakeProxySource('a');
  manager.observe(source);
  clock.advance(1500);
  source.open('a');
  clock.advance(1000);
  const [seconds, minutes] = manager.snapshot().proxy?.history ?? [];
  expect(seconds?.slotSeconds).toEqual(1);
  expect(seconds?.series['opened']).toEqual([...Array<null>(58).fill(null), 0, 1]);
  expect(seconds?.until).toEqual(clock.wall() - 500);
  assert.equal(seconds?.series['requests'], undefined); // no HTTP server was observed
  expect(minutes?.slotSeconds).toEqual(60);
  expect(minutes?.series['opened']).toEqual(Array<null>(60).fill(null));
  clock.advance(3 * HOUR);
  const later = manager.snapshot().proxy?.history ?? [];
  expect(later.map(({ series }) => series['opened'])).toEqual([Array<number>(60).fill(0), Array<number>(60).fill(0)]);
});

export default tap.start({ throwOnError: true });
