import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { shortened, visible, visibleParts } from '../../ts/ops/dashboard/visible.js';

tap.test('plain text of any language stays as it is', async () => {
  for (const text of ['', 'web', 'a b', '<b>&amp;"\'`', 'münchen.example', 'دمشق', '東京', 'नमस्ते', '🦊', '\\000']) {
    expect(visible(text)).toEqual(text);
    assert.deepEqual(visibleParts(text), text === '' ? [] : [{ text, escaped: false }]);
  }
});

tap.test('every control character is shown as an escape', async () => {
  for (let code = 0; code < 0xa0; code++) {
    if (code >= 0x20 && code < 0x7f) continue;
    expect(visible(`a${String.fromCharCode(code)}b`)).toEqual(`a\\u{${code.toString(16)}}b`);
  }
});

/** Marks, embeddings, overrides and isolates; what has no width; what ends a line; halves of pairs; tags. */
const HIDDEN = [
  ...[0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
  ...[0x00ad, 0x034f, 0x115f, 0x180e, 0x200b, 0x200c, 0x200d, 0x2060, 0x2064, 0x3164, 0xfe0f, 0xfeff, 0xffa0],
  ...[0x2028, 0x2029, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfff9, 0xfffb, 0xe0001, 0xe0041],
];

tap.test(
  'whatever turns the direction of text, cannot be seen or is half a character is shown as an escape',
  async () => {
    for (const code of HIDDEN) {
      const hostile = `a${String.fromCodePoint(code)}b`;
      assert.deepEqual(visibleParts(hostile), [
        { text: 'a', escaped: false },
        { text: `\\u{${code.toString(16)}}`, escaped: true },
        { text: 'b', escaped: false },
      ]);
    }
  },
);

tap.test('parts put together are the text as it is shown', async () => {
  const hostile = '\u202Emoc.elpmaxe\u0000\u0007 <script>\r\n\u{1F98A}\uD800';
  const joined = visibleParts(hostile)
    .map(({ text }) => text)
    .join('');
  expect(joined).toEqual(visible(hostile));
  expect(joined).toEqual('\\u{202e}moc.elpmaxe\\u{0}\\u{7} <script>\\u{d}\\u{a}\u{1F98A}\\u{d800}');
});

tap.test('shortened text says so, and cuts no pair in two', async () => {
  expect(shortened('abcdef', 6)).toEqual('abcdef');
  expect(shortened('abcdefg', 6)).toEqual('abcde…');
  expect(shortened('abcd\u{1F98A}g', 6)).toEqual('abcd…');
  expect(shortened('\u{1F98A}'.repeat(300), 255)).toEqual(`${'\u{1F98A}'.repeat(127)}…`);
});

export default tap.start({ throwOnError: true });
