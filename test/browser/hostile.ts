/** Names as the network may bring them. None may do anything but be read. */

const RUN = '__pwned()';

const MARKUP = [
  `<script>${RUN}</script>`,
  `</script><script>${RUN}</script>`,
  `<img src=x onerror="${RUN}">`,
  `"><svg onload=${RUN}>`,
  `' onmouseover='${RUN}' x='`,
  `" autofocus onfocus="${RUN}" x="`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<a href="javascript:${RUN}">press</a>`,
  `javascript:${RUN}`,
  `<style>*{background:url(http://192.0.2.1/)}</style>`,
  `<link rel=stylesheet href=//192.0.2.1/>`,
  `<base href=//192.0.2.1/>`,
  `<!-- --><template><slot name=x></slot></template>`,
  '${' + RUN + '}',
  `{{constructor.constructor('${RUN}')()}}`,
  `?lit$0123456789$`,
  `&lt;script&gt;&#60;script&#62;`,
  `%3Cscript%3E${RUN}%3C/script%3E`,
  `#/routes/../../<script>${RUN}</script>?x=<b>`,
];

const QUOTES = [`'`, `"`, '`', `\\`, `\\"`, `a'b"c\`d`, '][', 'a]b.c[d'];

const PROTOTYPE = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '_overflow', 'null', 'undefined'];

/** They turn what stands beside them around, hide it, or are nothing to see. */
const INVISIBLE = [
  'moc.elpmaxe\u202e.drawkcab',
  '\u2066isolated\u2067right\u2068first\u2069',
  '\u200ezero\u200bwidth\u200d\ufeff',
  'left\u200eright\u200fmarks',
  'soft\u00adhyphen',
  'line\u2028para\u2029graph',
  'tags\u{e0041}\u{e0042}',
  'שלום',
  '',
];

const MALFORMED = ['\ud800', 'a\udc00b', '\udfff\ud800', '💥'];

/** Each control character, C0 and C1, DEL among them. */
const CONTROLS = [...Array(0x20).keys(), ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index)].map(
  (code) => `c${code}${String.fromCharCode(code)}x`,
);

const LONG = [
  `${'a'.repeat(63)}.`.repeat(4).slice(0, 255),
  `${'<b>'.repeat(85)}`,
  'w'.repeat(10_000),
  `${'\u0301'.repeat(200)}zalgo`,
];

export const HOSTILE_NAMES: readonly string[] = [
  ...MARKUP,
  ...QUOTES,
  ...PROTOTYPE,
  ...INVISIBLE,
  ...MALFORMED,
  ...CONTROLS,
  ...LONG,
];

/** Those that a DNS message can hold: the manager keeps no more of a longer one. */
export const DNS_NAMES = HOSTILE_NAMES.filter(({ length }) => length <= 255);

/** One control character of eight, and all the rest: where each name costs a page. */
export const SOME_HOSTILE_NAMES = HOSTILE_NAMES.filter(
  (name) => !/^c\d/.test(name) || CONTROLS.indexOf(name) % 8 === 0,
);

const HIDDEN = '\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\u{e0000}-\u{e007f}'; // prettier-ignore

/** Characters that must never stand in a page as themselves: control, bidirectional and invisible ones, half surrogates. */
export const NEVER_SHOWN = new RegExp(`[${HIDDEN}]`, 'u');

/** In a name also the white space that stands between the elements of every page; what replaces half surrogates says nothing. */
export const NEVER_IN_A_NAME = new RegExp(`[${HIDDEN}\t\n\ufffd]`, 'u');
