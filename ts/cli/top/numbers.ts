/** How figures are written. Three significant digits where a unit is shown, SI units, `—` for what was not measured. */

export const NOT_MEASURED = '—';
const STEPS = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

type TFigure = number | null | undefined;
const measured = (value: TFigure): value is number => typeof value === 'number' && Number.isFinite(value);

/** `9.99`, `10.0`, `100`: the digits never make a fourth significant one. */
function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

function scaled(value: number, unit: string): string {
  let step = 0;
  let rest = value;
  for (; rest >= 999.5 && step < STEPS.length - 1; step++) rest /= 1000;
  return `${threeDigits(rest)} ${STEPS[step]}${unit}`.trimEnd();
}

/** `1,234`; with a prefix where that would be wider than `width`. */
export function count(value: TFigure, width = 15): string {
  if (!measured(value)) return NOT_MEASURED;
  const whole = grouped.format(value);
  return whole.length <= width ? whole : scaled(value, '');
}

/** Per second: `0.0`, `<0.1`, `14.6`, `1,234`, `1.23 M`. */
export function rate(value: TFigure): string {
  if (!measured(value)) return NOT_MEASURED;
  if (value > 0 && value < 0.05) return '<0.1';
  if (value < 999.95) return value.toFixed(1);
  return value < 99_999.5 ? grouped.format(value) : scaled(value, '');
}

/** `0 B`, `<1 B`, `999 B`, `1.02 kB`. */
export function bytes(value: TFigure): string {
  if (!measured(value)) return NOT_MEASURED;
  if (value > 0 && value < 0.5) return '<1 B';
  return value < 999.5 ? `${value.toFixed(0)} B` : scaled(value, 'B');
}

export const byteRate = (value: TFigure): string => (measured(value) ? `${bytes(value)}/s` : NOT_MEASURED);

/** Of a duration in seconds: `412 µs`, `1.20 ms`, `15.0 s`. */
export function duration(seconds: TFigure): string {
  if (!measured(seconds)) return NOT_MEASURED;
  if (seconds === 0) return '0 s';
  if (seconds < 0.000_999_5) return `${threeDigits(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${threeDigits(seconds * 1000)} ms`;
  return seconds < 999.5 ? `${threeDigits(seconds)} s` : `${grouped.format(seconds)} s`;
}

/** Of how old something is: `0.4 s`, `12 s`, `3 min`, `2 h`, `5 d`. */
export function age(seconds: TFigure): string {
  if (!measured(seconds)) return NOT_MEASURED;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** `00:00:13`, `3 d 04:05:06`. */
export function uptime(seconds: TFigure): string {
  if (!measured(seconds)) return NOT_MEASURED;
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const time = `${two((whole % 86_400) / 3600)}:${two((whole % 3600) / 60)}:${two(whole % 60)}`;
  return whole < 86_400 ? time : `${grouped.format(Math.floor(whole / 86_400))} d ${time}`;
}

export const percent = (ratio: TFigure): string => (measured(ratio) ? `${(ratio * 100).toFixed(1)} %` : NOT_MEASURED);
