import type { IHistory } from '../../../interfaces/snapshot.js';
import { textOf } from '../format.js';
import type { TFormat } from '../format.js';

export interface IChartLine {
  /** A column of the history. */
  readonly column: string;
  readonly label: string;
}

export interface IChart {
  readonly history: IHistory;
  readonly lines: readonly IChartLine[];
  /** Of an amount in a second. */
  readonly format: TFormat;
}

/** Amounts in each slot as means in a second: what 60 s and 60 min are compared by. */
export function perSecond({ series, slotSeconds }: IHistory, column: string): (number | null)[] {
  return (series[column] ?? []).map((amount) => (amount === null ? null : amount / slotSeconds));
}

/** Where each slot begins and, at the end, where the last one ends; in seconds of Unix time. */
export function slotBounds({ until, slotSeconds }: IHistory, slots: number): number[] {
  return Array.from({ length: slots + 1 }, (_, index) => until / 1000 - (slots - index) * slotSeconds);
}

export const spanOf = ({ slotSeconds }: IHistory): string => (slotSeconds === 1 ? '60 s' : '60 min');

export const hasAmounts = ({ history, lines }: IChart): boolean =>
  lines.some(({ column }) => history.series[column]?.some((amount) => amount !== null));

/** What the picture shows, for those who do not see it. */
export function summaryOf({ history, lines, format }: IChart): string {
  const told = lines.map(({ column, label }) => {
    const known = perSecond(history, column).filter((value) => value !== null);
    const last = known.at(-1);
    if (last === undefined) return `${label}: nothing measured yet`;
    return `${label}: last ${textOf(format(last))}, highest ${textOf(format(Math.max(...known)))}`;
  });
  return `Last ${spanOf(history)}. ${told.join('; ')}`;
}
