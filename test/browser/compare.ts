import type { IFigure } from './figures.js';
import { readShown, says } from './shown.js';

/** Whatever a figure's name leads to; `undefined`: nothing. */
export type TLookUp = (name: string) => unknown;

/** In what the JSON tells a figure, where that is not its base unit. */
const MILLISECONDS = /^topDomainsByTime\[/;
const OF_A_HUNDRED = /Percentage$/;

/** Each figure that is not what the JSON says, with both. */
export function mismatches(figures: readonly IFigure[], lookUp: TLookUp, now: number): string[] {
  return figures.flatMap((figure) => {
    const told = lookUp(figure.name);
    const wrong = told === undefined ? 'is in no answer' : wrongOf(figure, told, now);
    return wrong === null ? [] : [`${figure.name}: "${figure.text}" (${figure.value}) ${wrong}`];
  });
}

function wrongOf({ name, value, text, title }: IFigure, told: unknown, now: number): string | null {
  if (told === null) {
    const asNone = value === null && text === '—' && /^Not measured: ./u.test(title);
    return asNone ? null : `where nothing was measured (${title})`;
  }
  // An attribute is text.
  const asText = typeof told === 'string' ? told : JSON.stringify(told);
  if (String(value) !== asText) return `where the answer has ${asText}`;
  if (typeof told !== 'number') return null;
  if (/ ago$|^just now$|^in /.test(text)) return ageSaid(text, (now - told) / 1000) ? null : 'is another age';
  if (/\d:\d\d/.test(text)) return null;
  const inBaseUnits =
    told * (MILLISECONDS.test(name) ? 1e-3 : readShown(text)?.unit === 'percent' && !OF_A_HUNDRED.test(name) ? 100 : 1);
  return says(text, inBaseUnits) ? null : 'does not say what it stands for';
}

/** Ages are told in what has passed whole. */
function ageSaid(text: string, seconds: number): boolean {
  if (text === 'just now') return seconds < 1;
  const away = text.startsWith('in ') ? -seconds : seconds;
  const shown = readShown(text.replace(/^in | ago$/g, ''));
  return shown?.unit === 'seconds' && away >= shown.from - 1 && away <= shown.to + 1;
}

const NONE = Symbol();

/** The value at a dotted path; keys that hold dots are found, too. */
export function at(value: unknown, path: string): unknown {
  const found = atOrNone(value, path);
  return found === NONE ? undefined : found;
}

function atOrNone(value: unknown, path: string): unknown {
  if (path === '') return value;
  // A part that was not measured: nothing in it was.
  if (value === null) return null;
  if (typeof value !== 'object') return NONE;
  for (const [key, inner] of Object.entries(value)) {
    if (path !== key && !path.startsWith(`${key}.`)) continue;
    const found = atOrNone(inner, path.slice(key.length + 1));
    if (found !== NONE) return found;
  }
  return NONE;
}
