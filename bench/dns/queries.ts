/** What is asked: files as dnsperf reads them. */
import { writeFileSync } from 'node:fs';
import { seeded } from '../harness/random.js';

/** Handlers answer what is below it, and nothing else. */
export const ANSWERED_ZONE = 'example.test';
const NAMES = 10_000;
const TYPES = ['A', 'A', 'A', 'A', 'AAAA'] as const;

/** 10,000 names below `zone`, the nth asked 1/n as often as the first. With `once`, each question that occurs, once. */
export function zipfQueries(file: string, zone: string, lines: number, once = false): void {
  const random = seeded(1);
  const cumulated: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= NAMES; rank++) cumulated.push((sum += 1 / rank));
  const pick = (): number => {
    const wanted = random() * sum;
    let [low, high] = [0, NAMES - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulated[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const text = Array.from({ length: lines }, (_unused, index) => `name-${pick()}.${zone} ${TYPES[index % 5] ?? 'A'}\n`);
  writeFileSync(file, (once ? [...new Set(text)] : text).join(''));
}

/** Each name once; `label` tells one file from another. */
export function uniqueQueries(file: string, label: string, lines: number): void {
  const text = Array.from({ length: lines }, (_unused, index) => `${label}-${index}.${ANSWERED_ZONE} A\n`);
  writeFileSync(file, text.join(''));
}
