const FIRST_MS = 1_000;
const LONGEST_MS = 15_000;

/**
 * How long to wait after so many failures in a row (1 or more). Doubles up to 15 s; between half and all of it, so that
 * many pages do not come back at the same moment.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
  return full / 2 + (full / 2) * random();
}
