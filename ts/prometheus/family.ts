import type { PageBytes } from './classes.pagebytes.js';
import { escapeHelp, escapeQuoted } from './format.js';
import type { TFormat } from './negotiate.js';

export type TFamilyType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'unknown';

/** Bytes that a family writes between two looks at the clock, about: a matter of some 20 µs. */
export const BLOCK_LENGTH = 8192;

/** One family, ready to be written in either format: the sample lines are the same in both. */
export interface IFamily {
  /** As in the text format: with `_total` for counters, `_info` for infos. */
  readonly name: string;
  readonly type: TFamilyType;
  readonly unit: string | null;
  readonly help: string;
  /**
   * Writes the lines and yields now and then, at the latest after `BLOCK_LENGTH` bytes and what belongs together, how
   * many samples it wrote since it did so last.
   */
  write(page: PageBytes): Iterable<number>;
}

/** The lines that stand before a family's samples. */
export function header(family: IFamily, format: TFormat): string {
  const { name, type, unit, help } = family;
  if (format === 'text') {
    return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${TEXT_TYPES[type]}\n`;
  }
  const base = baseName(name, type);
  // Its unit must be the end of the family's name.
  const unitLine = unit !== null && base.endsWith(`_${unit}`) ? `# UNIT ${base} ${unit}\n` : '';
  return `# TYPE ${base} ${type}\n${unitLine}# HELP ${base} ${escapeQuoted(help)}\n`;
}

const TEXT_TYPES: Readonly<Record<TFamilyType, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  info: 'gauge',
  unknown: 'untyped',
};

const SUFFIXES: Readonly<Record<TFamilyType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  summary: ['_count', '_sum', '_created'],
  info: ['_info'],
  unknown: [],
};

/** OpenMetrics' name of a family: that of its samples without their suffix. */
export function baseName(name: string, type: TFamilyType): string {
  if (type === 'counter' && name.endsWith('_total')) return name.slice(0, -'_total'.length);
  if (type === 'info' && name.endsWith('_info')) return name.slice(0, -'_info'.length);
  return name;
}

/** Every name that a family's lines can have, in either format: no other family may have one of them. */
export function namesOf(name: string, type: TFamilyType): string[] {
  const base = baseName(name, type);
  return [base, ...SUFFIXES[type].map((suffix) => `${base}${suffix}`)];
}
