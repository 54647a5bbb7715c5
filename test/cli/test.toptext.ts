import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import fc from 'fast-check';
import * as numbers from '../../ts/cli/top/numbers.js';
import { cut, fit, padEnd, padStart, printable, printableJson, widthOf } from '../../ts/cli/top/text.js';

const SHOWN: readonly (readonly [text: string, shown: string, width: number])[] = [
  ['plain-route_1', 'plain-route_1', 13],
  ['', '', 0],
  ['a b', 'a b', 3],
  ['\x1b[2J\x1b]0;x\x07', '\\x1b[2J\\x1b]0;x\\x07', 19],
  ['a\tb\r\nc\x7f', 'a\\x09b\\x0d\\x0ac\\x7f', 19],
  ['\u009b31m', '\\x9b31m', 7],
  ['\u202eabc\u2066\u200f', '\\u202eabc\\u2066\\u200f', 21],
  ['a\u00a0\u2028\u3000b', 'a\\xa0\\u2028\\u3000b', 18],
  ['a\u200bb\u00ad\ufeff', 'a\\u200bb\\xad\\ufeff', 18],
  ['\u{e0041}\ud800\ue000\u3164', '\\u{e0041}\\ud800\\ue000\\u3164', 27],
  ['日本語', '日本語', 6],
  ['ｱｲ한국어，', 'ｱｲ한국어，', 10],
  ['éé', 'éé', 2],
  ['e\u0301\u0302\u0303\u0304', 'e\u0301\u0302\\u0303\\u0304', 13],
  ['\u0301a', '\\u0301a', 7],
  ['\x01\u0301', '\\x01\\u0301', 10],
  ['\u1112\u1161\u11ab', '\u1112\u1161\u11ab', 2],
  ['🚀', '🚀', 2],
  ['❤\ufe0f', '❤\\ufe0f', 7],
  ['👍🏽', '👍\\u{1f3fd}', 11],
  ['🇩🇪', '\\u{1f1e9}\\u{1f1ea}', 18],
  ['\u{20000}\u{1b000}', '\u{20000}\u{1b000}', 4],
  ['שלום', 'שלום', 4],
];

tap.test('text from elsewhere is shown as text: escapes for what a terminal would obey, hide or move', async () => {
  for (const [text, shown, width] of SHOWN) {
    assert.equal(printable(text), shown);
    assert.equal(widthOf(shown), width, shown);
  }
});

tap.test('every control octet, alone and in a name of 255 octets, leaves only what is visible', async () => {
  const octets = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  for (const octet of octets) assert.match(printable(octet.repeat(255)), /^[\x20-\x7e\xa1-\xac\xae-\xff]*$/);
  assert.equal(printable('\x1b'.repeat(255)), '\\x1b'.repeat(255));
  assert.equal(printable('a'.repeat(100_000)).length, 1025);
});

tap.test('whatever comes, nothing but visible characters goes out, and it is cut to its columns', async () => {
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());
  fc.assert(
    fc.property(anything, fc.nat(40), (text, width) => {
      const shown = printable(text);
      assert.doesNotMatch(shown, /[\p{C}\p{Zl}\p{Zp}]/u);
      assert.equal(printable(shown), shown);
      assert.ok(widthOf(cut(shown, width)) <= width);
      assert.equal(widthOf(padEnd(shown, width)), width);
      assert.equal(widthOf(padStart(shown, width)), width);
      assert.equal(padStart(shown, width).trim(), cut(shown, width).trim());
      assert.deepEqual(JSON.parse(printableJson(JSON.stringify({ [text]: text }))), { [text]: text });
      assert.match(printableJson(JSON.stringify(text)), /^[\x20-\x7e]*$/);
    }),
    { numRuns: 2000 },
  );
});

tap.test('a cut keeps whole characters and says that it cut', async () => {
  assert.equal(cut('日本語', 6), '日本語');
  assert.equal(cut('日本語', 5), '日本…');
  assert.equal(cut('日本語', 4), '日…');
  assert.equal(cut('e\u0301e\u0301e\u0301', 2), 'e\u0301…');
  assert.equal(cut('ab', 1), '…');
  assert.equal(cut('ab', 0), '');
  assert.deepEqual(fit(['first', 'second', 'third'], 13), ['first', 'second']);
  assert.deepEqual(fit(['first', 'second', 'x'], 12), ['first']);
  assert.deepEqual(fit(['first', 'second'], 3), ['fi…']);
});

type TFormat = (value: number | null) => string;
const WRITTEN: Readonly<Record<string, readonly [format: TFormat, cases: readonly (readonly [number, string])[]]>> = {
  rate: [
    numbers.rate,
    [[0, '0.0'], [0.04, '<0.1'], [0.05, '0.1'], [14.6, '14.6'], [999.94, '999.9'], [999.95, '1,000'], [12_345.6, '12,346'], [99_999.4, '99,999'], [99_999.5, '100 k'], [123_456, '123 k'], [1e7, '10.0 M']],
  ],
  bytes: [
    numbers.bytes,
    [[0, '0 B'], [0.4, '<1 B'], [0.5, '1 B'], [999.4, '999 B'], [999.5, '1.00 kB'], [1024, '1.02 kB'], [9_994, '9.99 kB'], [9_995, '10.0 kB'], [99_949, '99.9 kB'], [99_950, '100 kB'], [999_499, '999 kB'], [999_500, '1.00 MB'], [2 ** 53, '9.01 PB']],
  ],
  byteRate: [numbers.byteRate, [[0, '0 B/s'], [1500, '1.50 kB/s']]],
  count: [
    (value) => numbers.count(value, 7),
    [[0, '0'], [1234, '1,234'], [999_999, '999,999'], [1_000_000, '1.00 M'], [2 ** 53, '9.01 P']],
  ],
  duration: [
    numbers.duration,
    [[0, '0 s'], [0.0000412, '41.2 µs'], [0.000_999_4, '999 µs'], [0.000_999_5, '1.00 ms'], [0.0125, '12.5 ms'], [0.9994, '999 ms'], [0.9995, '1.00 s'], [12, '12.0 s'], [1234, '1,234 s']],
  ],
  age: [
    numbers.age,
    [[0.25, '0.3 s'], [9.94, '9.9 s'], [9.96, '10 s'], [119, '119 s'], [120, '2 min'], [7199, '119 min'], [7200, '2 h'], [172_800, '2 d']],
  ],
  uptime: [
    numbers.uptime,
    [[0, '00:00:00'], [13.9, '00:00:13'], [86_399, '23:59:59'], [86_400, '1 d 00:00:00'], [273_906, '3 d 04:05:06']],
  ],
  percent: [numbers.percent, [[0, '0.0 %'], [0.8312, '83.1 %'], [1, '100.0 %']]],
}; // prettier-ignore

for (const [name, [format, cases]] of Object.entries(WRITTEN)) {
  tap.test(`figures are short, rounded, with their unit; not measured is no figure: ${name}`, async () => {
    for (const [value, text] of cases) assert.equal(format(value), text, String(value));
    assert.equal(format(null), '—');
    assert.equal(format(NaN), '—');
  });
}

tap.test('a figure of a column is never wider than the column', async () => {
  const figure = fc.oneof(
    fc.double({ min: 0, max: 2 ** 53, noNaN: true }),
    fc.double({ min: 0, max: 2e5, noNaN: true }),
  );
  fc.assert(
    fc.property(figure, (value) => {
      for (const format of [numbers.rate, numbers.bytes]) assert.ok(format(value).length <= 7, format(value));
      for (const width of [7, 9]) assert.ok(numbers.count(Math.floor(value), width).length <= width);
    }),
    { numRuns: 5000 },
  );
});

export default tap.start({ throwOnError: true });
