import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import * as format from '../../ts/ops/dashboard/format.js';

const TABLE: readonly [name: string, format: format.TFormat, cases: readonly [value: number, text: string][]][] = [
  [
    'counts are exact below 100,000 and in powers of 1,000 above',
    format.count,
    [
      ...([
        [0, '0'],
        [999, '999'],
        [1000, '1,000'],
        [99_999, '99,999'],
        [100_000, '100 k'],
      ] as [number, string][]),
      ...([
        [123_456, '123 k'],
        [999_499, '999 k'],
        [999_500, '1 M'],
        [1.5e9, '1.5 G'],
        [2 ** 53, '9.01 P'],
      ] as [number, string][]),
    ],
  ],
  [
    'rates',
    format.rate,
    [
      ...([
        [0, '0 /s'],
        [0.1, '0.1 /s'],
        [3.14159, '3.14 /s'],
        [42.25, '42.3 /s'],
        [9999.4, '9,999 /s'],
      ] as [number, string][]),
      ...([
        [10_000, '10 k/s'],
        [1_234_567, '1.23 M/s'],
      ] as [number, string][]),
    ],
  ],
  [
    'rates where the heading tells the second',
    format.perSecondBare,
    [
      [3.14159, '3.14'],
      [1_234_567, '1.23 M'],
    ],
  ],
  [
    'bytes in powers of 1,000',
    format.bytes,
    [
      ...([
        [0, '0 B'],
        [1, '1 B'],
        [999, '999 B'],
        [1000, '1 kB'],
        [1024, '1.02 kB'],
      ] as [number, string][]),
      ...([
        [999_499, '999 kB'],
        [999_500, '1 MB'],
        [12_345_678, '12.3 MB'],
        [5e12, '5 TB'],
        [1e21, '1,000 EB'],
      ] as [number, string][]),
    ],
  ],
  [
    'bytes a second',
    format.bytesPerSecond,
    [
      [0, '0 B/s'],
      [1500, '1.5 kB/s'],
    ],
  ],
  [
    'shares of 1',
    format.share,
    [
      [0, '0 %'],
      [0.0123, '1.23 %'],
      [0.9987, '99.9 %'],
      [1, '100 %'],
    ],
  ],
  [
    'durations from microseconds to days',
    format.seconds,
    [
      ...([
        [0, '0 s'],
        [0.000_000_5, '0.5 µs'],
        [0.000_042, '42 µs'],
        [0.000_999_6, '1 ms'],
        [0.0425, '42.5 ms'],
      ] as [number, string][]),
      ...([
        [0.9996, '1 s'],
        [1, '1 s'],
        [59.4, '59.4 s'],
        [59.6, '1 m'],
        [61, '1 m 1 s'],
        [3599.6, '1 h'],
      ] as [number, string][]),
      ...([
        [3661, '1 h 1 m'],
        [86_400, '1 d'],
        [90_000, '1 d 1 h'],
        [86_400 * 1234, '1,234 d'],
      ] as [number, string][]),
    ],
  ],
  [
    'milliseconds',
    format.milliseconds,
    [
      [1.5, '1.5 ms'],
      [2500, '2.5 s'],
    ],
  ],
];

for (const [name, formatOf, cases] of TABLE) {
  tap.test(name, async () => {
    assert.deepEqual(
      cases.map(([value]) => [value, format.textOf(formatOf(value))]),
      cases,
    );
  });
}

tap.test('what is rounded can be read in full, in the base unit', async () => {
  expect(format.bytes(1_234_567).exact).toEqual('1,234,567 B');
  expect(format.count(1_234_567).exact).toEqual('1,234,567');
  expect(format.seconds(3661).exact).toEqual('3,661 s');
  expect(format.share(0.123_456).exact).toEqual('12.3456 %');
});

tap.test('nothing finite is shown without digits, and signs are kept', async () => {
  for (const { 1: formatOf } of TABLE) {
    for (const value of [-1e15, -61, -1, -0.001, 1e-12, 1e-4, 7, 1e300]) {
      const { value: text } = formatOf(value);
      assert.match(text, /\d/, `${value}`);
      assert.equal(text.startsWith('-'), value < 0, `${value}: ${text}`);
    }
  }
});

tap.test('ages are told by one clock, and one that runs backwards makes none negative', async () => {
  const now = 1_700_000_000_000;
  const cases: [number, string][] = [
    [0, 'just now'],
    [-5000, 'just now'],
    [999, 'just now'],
    [1000, '1 s ago'],
    [59_999, '59 s ago'],
  ];
  for (const [before, text] of cases) expect(format.ago(now - before, now)).toEqual(text);
  for (const [before, text] of [
    [60_000, '1 m ago'],
    [3_599_999, '59 m ago'],
    [3_720_000, '1 h ago'],
    [86_400_000 * 1500, '1,500 d ago'],
  ] as const) {
    expect(format.ago(now - before, now)).toEqual(text);
  }
});

tap.test('times are of the zone of the viewer, with the day where it is another one', async () => {
  const at = new Date(2024, 4, 6, 7, 8, 9).getTime();
  expect(format.clockTime(at)).toEqual('07:08:09');
  expect(format.clockMinutes(at)).toEqual('07:08');
  expect(format.timeNear(at, at + 60_000)).toEqual('07:08:09');
  expect(format.timeNear(at, at + 86_400_000)).toEqual('6 May 07:08:09');
  expect(format.clockTime(new Date(2024, 4, 6, 0, 0, 0).getTime())).toEqual('00:00:00');
});

export default tap.start({ throwOnError: true });
