/** A number as people read it. The unit stands apart, so that it can be set smaller. */
export interface IFormatted {
  readonly value: string;
  readonly unit: string;
  /** All of it, in the base unit. */
  readonly exact: string;
}

export type TFormat = (value: number) => IFormatted;

/** What is shown for what is not measured. It always comes with a reason. */
export const NOT_MEASURED = '—';

const SI = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formatOf = (digits: number): Intl.NumberFormat =>
  new Intl.NumberFormat('en-US', { maximumFractionDigits: digits });
/** Made once: `toLocaleString()` makes one at each call, which a table of a thousand figures feels. */
const BY_DIGITS = [formatOf(0), formatOf(1), formatOf(2)] as const;
const ALL_DIGITS = formatOf(6);

const plain = (value: number, digits: 0 | 1 | 2): string => BY_DIGITS[digits].format(value);

/** About three digits, or what is before the point. */
const short = (value: number): string => plain(value, Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);

/** With powers of 1,000, which is also what switches and network cards are sold and measured by. */
function scaled(value: number): { readonly value: string; readonly prefix: string } {
  let power = 0;
  let rest = value;
  // 999.95 would be rounded to 1,000.
  while (Math.abs(rest) >= 999.5 && power < SI.length - 1) {
    rest /= 1000;
    power++;
  }
  return { value: short(rest), prefix: SI[power] ?? '' };
}

/** Shown when pointed at, where what is shown is rounded. */
const exactly = (value: number, unit: string): string => `${ALL_DIGITS.format(value)}${unit === '' ? '' : ` ${unit}`}`;

/** Whole numbers are exact below 100,000. */
export function count(value: number): IFormatted {
  const exact = exactly(value, '');
  if (Math.abs(value) < 100_000) return { value: plain(value, 2), unit: '', exact };
  const { value: text, prefix } = scaled(value);
  return { value: text, unit: prefix, exact };
}

/** Things in a second. */
export function rate(value: number): IFormatted {
  const exact = exactly(value, '/s');
  if (Math.abs(value) < 10_000) return { value: short(value), unit: '/s', exact };
  const { value: text, prefix } = scaled(value);
  return { value: text, unit: `${prefix}/s`, exact };
}

/** The same where the heading of the column tells that it is a second's. */
export const perSecondBare = (value: number): IFormatted => {
  const { value: text, unit, exact } = rate(value);
  return { value: text, unit: unit.slice(0, -2), exact };
};

/** Bytes in powers of 1,000 (kB, MB). */
export function bytes(value: number): IFormatted {
  const { value: text, prefix } = scaled(value);
  return { value: text, unit: `${prefix}B`, exact: exactly(value, 'B') };
}

export function bytesPerSecond(value: number): IFormatted {
  const { value: text, unit } = bytes(value);
  return { value: text, unit: `${unit}/s`, exact: exactly(value, 'B/s') };
}

/** A share of 1. */
export const share = (value: number): IFormatted => percent(value * 100);

export function percent(value: number): IFormatted {
  return { value: plain(value, Math.abs(value) < 10 ? 2 : 1), unit: '%', exact: exactly(value, '%') };
}

/** Seconds: from microseconds to days, with one unit below the largest from a minute on. */
export function seconds(value: number): IFormatted {
  const exact = exactly(value, 's');
  const size = Math.abs(value);
  if (size === 0) return { value: '0', unit: 's', exact };
  if (size < 0.000_999_5) return { value: short(value * 1e6), unit: 'µs', exact };
  if (size < 0.9995) return { value: short(value * 1e3), unit: 'ms', exact };
  const whole = Math.round(size);
  if (whole < MINUTE) return { value: short(value), unit: 's', exact };
  return { value: `${value < 0 ? '-' : ''}${longer(whole)}`, unit: '', exact };
}

export const milliseconds = (value: number): IFormatted => seconds(value / 1000);

function longer(whole: number): string {
  if (whole < HOUR) return pair(whole, MINUTE, 'm', 1, 's');
  return whole < DAY ? pair(whole, HOUR, 'h', MINUTE, 'm') : pair(whole, DAY, 'd', HOUR, 'h');
}

function pair(whole: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((whole % large) / small);
  return `${plain(Math.floor(whole / large), 0)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}

export const textOf = ({ value, unit }: IFormatted): string => (unit === '' ? value : `${value} ${unit}`);

const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const MILLIS = new Intl.DateTimeFormat('en-GB', {
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' },
});
const MINUTES = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const FULL = new Intl.DateTimeFormat('en-GB', {
  ...{ year: 'numeric', month: 'short', day: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short' },
});

/** Unix time in ms as the viewer's clock has it. */
export const clockTime = (at: number): string => CLOCK.format(at);
export const clockMillis = (at: number): string => MILLIS.format(at);
export const clockMinutes = (at: number): string => MINUTES.format(at);
export const fullTime = (at: number): string => FULL.format(at);
/** With the day where it is not the day of `now`. */
export const timeNear = (at: number, now: number): string =>
  DATE.format(at) === DATE.format(now) ? clockTime(at) : `${DATE.format(at)} ${clockTime(at)}`;

/** How long before `now` something was, by the largest unit. Both by one clock: that of the router. */
export function ago(at: number, now: number): string {
  const age = Math.floor((now - at) / 1000);
  if (age < 1) return 'just now';
  const [size, unit] = age < MINUTE ? [1, 's'] : age < HOUR ? [MINUTE, 'm'] : age < DAY ? [HOUR, 'h'] : [DAY, 'd'];
  return `${plain(Math.floor(age / size), 0)} ${unit} ago`;
}
