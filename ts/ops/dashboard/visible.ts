/**
 * Names, domains and clients come from the network. Text bindings keep them from being markup; this keeps them from
 * changing how what stands around them is read: control characters, direction marks, invisible characters and lone
 * surrogates are shown as escapes.
 */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu;

export interface ITextPart {
  readonly text: string;
  /** Stands for a character that cannot be seen. */
  readonly escaped: boolean;
}

const escapeOf = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

export function visibleParts(text: string): ITextPart[] {
  const parts: ITextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), escaped: false });
    parts.push({ text: escapeOf(match[0]), escaped: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), escaped: false });
  return parts;
}

export const visible = (text: string): string => text.replace(HIDDEN, escapeOf);

/** At most `length` characters, the last of them `…` where there were more. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  // A pair of surrogates is not cut in two.
  return `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
