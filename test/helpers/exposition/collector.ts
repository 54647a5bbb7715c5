import { ExpositionError } from './error.js';
import { seriesKey } from './model.js';
import type { IParsedFamily, IParsedSample } from './model.js';
import { checkFamily } from './rules.js';

/** Families in the making: one is open at a time, and what was closed is not opened again. */
export class Collector {
  readonly families: IParsedFamily[] = [];
  readonly #byName = new Map<string, IParsedFamily>();
  readonly #series = new Map<string, number>();
  #open: IParsedFamily | null = null;

  get open(): IParsedFamily | null {
    return this.#open;
  }

  /** The family that a metadata line is about; opens it where it is new. */
  metadata(name: string, line: number, keyword: string): IParsedFamily {
    const family = this.#open?.name === name ? this.#open : this.begin(name, line);
    if (family.samples.length > 0) throw new ExpositionError(line, `${keyword} after samples of ${name}`);
    return family;
  }

  begin(name: string, line: number): IParsedFamily {
    if (this.#byName.has(name)) throw new ExpositionError(line, `${name} is not in one group`);
    this.close();
    const family: IParsedFamily = { name, type: '', help: null, unit: null, samples: [], line };
    this.#byName.set(name, family);
    this.families.push(family);
    this.#open = family;
    return family;
  }

  add(family: IParsedFamily, sample: IParsedSample): void {
    const key = seriesKey(sample.name, sample.labels);
    const other = this.#series.get(key);
    if (other !== undefined) throw new ExpositionError(sample.line, `the same series as in line ${other}`);
    this.#series.set(key, sample.line);
    family.samples.push(sample);
  }

  close(): void {
    if (this.#open !== null) checkFamily(this.#open);
    this.#open = null;
  }

  /** No name that a line of one family can have may be a name of another. `suffixes`: of a type's sample names. */
  checkClashes(suffixes: (type: string) => readonly string[]): void {
    const owners = new Map<string, IParsedFamily>();
    for (const family of this.families) {
      for (const suffix of new Set(['', ...suffixes(family.type)])) {
        const name = `${family.name}${suffix}`;
        const owner = owners.get(name);
        if (owner !== undefined) throw new ExpositionError(family.line, `${family.name} clashes with ${owner.name}`);
        owners.set(name, family);
      }
    }
  }
}

/** Lines of a body that must be UTF-8 and end with a line feed. */
export function linesOf(body: string | Uint8Array): string[] {
  let text: string;
  try {
    text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new ExpositionError(1, 'not UTF-8');
  }
  if (text.startsWith('\uFEFF')) throw new ExpositionError(1, 'byte order mark');
  const lines = text.split('\n');
  const wrong = lines.findIndex((line) => !line.isWellFormed());
  if (wrong >= 0) throw new ExpositionError(wrong + 1, 'not UTF-8');
  if (lines.pop() !== '') throw new ExpositionError(lines.length + 1, 'no line feed at the end');
  return lines;
}
