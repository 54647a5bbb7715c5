/** What a text of the page says, read as a person would: by its own rules, not by those of the page. */

/** Between which the figure lies that is shown, in base units (1, bytes, seconds, per cent). */
export interface IShown {
  readonly from: number;
  readonly to: number;
  readonly unit: 'count' | 'bytes' | 'seconds' | 'percent';
  readonly perSecond: boolean;
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const FRACTIONS: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, µs: 1e-6 };
const SPANS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/** `null`: nothing that can be read as a figure. */
export function readShown(text: string): IShown | null {
  return span(text) ?? scaled(text);
}

/** `12`, `1,234.5`, `1.2 k`, `3.4 MB`, `5.6 kB/s`, `7 /s`, `8 %`, `9 ms`. */
function scaled(text: string): IShown | null {
  const match = /^(-?\d{1,3}(?:,?\d{3})*)(\.\d+)?(?: (.+))?$/u.exec(text);
  if (match?.[1] === undefined) return null;
  const [, whole, fraction = '', said = ''] = match;
  const value = Number(whole.replaceAll(',', '') + fraction);
  const half = 0.5 * 10 ** -Math.max(0, fraction.length - 1);
  const perSecond = said.endsWith('/s');
  const name = perSecond ? said.slice(0, -2) : said;
  const of = (unit: IShown['unit'], scale: number): IShown => ({
    from: (value - half) * scale,
    to: (value + half) * scale,
    unit,
    perSecond,
  });
  if (name === '%') return of('percent', 1);
  const fractionOfSecond = FRACTIONS[name];
  if (!perSecond && fractionOfSecond !== undefined) return of('seconds', fractionOfSecond);
  const isBytes = name.endsWith('B');
  const power = PREFIXES.indexOf(isBytes ? name.slice(0, -1) : name);
  return power < 0 ? null : of(isBytes ? 'bytes' : 'count', 1000 ** power);
}

/** `1 m 5 s`, `2 h`, `3 d 4 h`. */
function span(text: string): IShown | null {
  const match = /^(-?)([\d,]+) ([dhm])(?: (\d+) ([hms]))?$/u.exec(text);
  if (match?.[2] === undefined || match[3] === undefined) return null;
  const [, minus, large, largeUnit, small = '0', smallUnit] = match;
  const names = Object.keys(SPANS);
  const below = names[names.indexOf(largeUnit) + 1] ?? 's';
  if (smallUnit !== undefined && smallUnit !== below) return null;
  const step = SPANS[below] ?? 1;
  const seconds = Number(large.replaceAll(',', '')) * (SPANS[largeUnit] ?? 1) + Number(small) * step;
  const [from, to] = minus === '' ? [seconds - 1, seconds + step] : [-seconds - step, 1 - seconds];
  return { from, to, unit: 'seconds', perSecond: false };
}

/** Whether the text says this figure, as exactly as it can. */
export function says(text: string, value: number): boolean {
  const shown = readShown(text);
  if (shown === null) return false;
  const slack = 1e-9 * Math.max(1, Math.abs(value));
  return value >= shown.from - slack && value <= shown.to + slack;
}
