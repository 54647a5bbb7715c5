/** Medians, spreads, and what is asked of them. */

/** One number with its bound; `null`: it could not be measured here. */
export interface IFigure {
  readonly name: string;
  readonly measured: number | null;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** What could not be measured is not missed. */
export function isMet({ measured, atLeast = -Infinity, atMost = Infinity }: IFigure): boolean {
  return measured === null || (measured >= atLeast && measured <= atMost);
}

export function boundOf({ atLeast, atMost }: IFigure): string {
  const bounds = [
    atLeast === undefined ? [] : [`at least ${atLeast}`],
    atMost === undefined ? [] : [`at most ${atMost}`],
  ];
  return bounds.flat().join(', ');
}

export function lineOf(figure: IFigure): string {
  const { name, measured } = figure;
  const sign = measured === null ? '—' : isMet(figure) ? '✔' : '✖';
  return `${sign} ${name}: ${measured === null ? 'not measured' : short(measured)} (${boundOf(figure)})`;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The nearest of the values; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.round(share * (sorted.length - 1))] ?? NaN;
}

/** Three digits that say something. */
export function short(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Median, least and largest. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return '—';
  return `${short(median(values))} (${short(Math.min(...values))}–${short(Math.max(...values))})`;
}
