import { describeMutant } from './operators.js';
import type { IVerdict } from './run.js';

export interface IReport {
  /** Of those that a test should notice: how many were. */
  readonly score: number;
  /** Survivors that are not on the list. */
  readonly unlisted: readonly IVerdict[];
  readonly text: string;
}

/** `listed`: the text of `survivors.md`. */
export function reportOf(verdicts: readonly IVerdict[], listed: string): IReport {
  const survived = verdicts.filter(({ result }) => result === 'survived');
  const unlisted = survived.filter(({ mutant }) => !listed.includes(describeMutant(mutant)));
  const timedOut = verdicts.filter(({ result }) => result === 'timed out').length;
  const noticed = verdicts.length - survived.length;
  const score = noticed / Math.max(1, noticed + unlisted.length);
  const figures = `${noticed} of ${verdicts.length} noticed (${timedOut} as they did not end)`;
  const rest = `${survived.length - unlisted.length} listed as equivalent, ${unlisted.length} survived`;
  return { score, unlisted, text: `${(100 * score).toFixed(1)} %: ${figures}, ${rest}` };
}
