import type { ITopEntry } from '../../ts/interfaces/snapshot.js';

export interface IQuality {
  /** Share of the true first ones that are among as many of the list. */
  readonly recall: number;
  /** Entries whose true amount is not within the error that they state. */
  readonly wrong: number;
}

/** `amounts`: the true one of each name. */
export function qualityOf(
  entries: readonly ITopEntry[],
  amounts: ReadonlyMap<string, number>,
  first: number,
): IQuality {
  const wanted = [...amounts].toSorted(([, one], [, other]) => other - one).slice(0, first);
  const found = new Set(entries.slice(0, first).map(({ key }) => key));
  // Names that come equally often are equally right.
  const least = wanted.at(-1)?.[1] ?? 0;
  const right = [...found].filter((key) => (amounts.get(key) ?? 0) >= least).length;
  const wrong = entries.filter(({ key, count, maxError }) => {
    const amount = amounts.get(key) ?? 0;
    return amount > count || amount < count - maxError;
  }).length;
  return { recall: right / wanted.length, wrong };
}
