/** What a terminal could take for a command, does not show, or would show elsewhere (bidirectional marks). */
const HIDDEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;
/** Terminals disagree about their width. */
const DISPUTED = /[\p{Regional_Indicator}\p{Emoji_Modifier}]/u;
/** Drawn over what stands before: accents, and the later parts of a Hangul syllable. */
const ATTACHED = /[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]/u;
/** Two columns, as wcwidth() has it (Unicode's East Asian Width W and F). */
const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;
const PLAIN = /^[\x20-\x7e]*$/;
/** More are an attack on the lines above and below. */
const MAX_ATTACHED = 2;
/** A name in DNS has at most 255 octets, each of which may be shown as four characters. */
const MAX_LENGTH = 1024;

/** Text from elsewhere as a terminal may have it: what is not plainly visible becomes an escape such as `\x1b`. */
export function printable(text: string): string {
  const whole = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  if (PLAIN.test(whole)) return whole;
  let shown = '';
  let room = 0;
  for (const character of whole) {
    const attached = ATTACHED.test(character);
    const escaped =
      (character !== ' ' && HIDDEN.test(character)) || DISPUTED.test(character) || (attached && room === 0);
    shown += escaped ? escapeOf(character) : character;
    if (escaped) room = 0;
    else room = attached ? room - 1 : MAX_ATTACHED;
  }
  return shown;
}

function escapeOf(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/** JSON that says the same and holds nothing that a terminal would not show. */
export const printableJson = (json: string): string =>
  json.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Columns of printable text. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

function widthOfCharacter(character: string): number {
  if (ATTACHED.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** At most so many columns of printable text; `…` stands for the rest. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let left = width - 1;
  for (const character of text) {
    left -= widthOfCharacter(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Exactly so many columns of printable text. */
export function padEnd(text: string, width: number): string {
  const shown = cut(text, width);
  return `${shown}${' '.repeat(Math.max(0, width - widthOf(shown)))}`;
}

export function padStart(text: string, width: number): string {
  const shown = cut(text, width);
  return `${' '.repeat(Math.max(0, width - widthOf(shown)))}${shown}`;
}

/** As many of the texts as fit, the first ones first; of the very first what fits. */
export function fit(texts: readonly string[], width: number, gap = '  '): string[] {
  const [first = '', ...rest] = texts;
  const kept = [cut(first, width)];
  let left = width - widthOf(first);
  for (const text of rest) {
    left -= gap.length + widthOf(text);
    if (left < 0) break;
    kept.push(text);
  }
  return kept;
}
