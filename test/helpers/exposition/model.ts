/** One line with a value. */
export interface IParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** The value as it was written. */
  readonly text: string;
  readonly timestamp: string | null;
  readonly line: number;
}

export interface IParsedFamily {
  /** As its TYPE line has it: without `_total` in OpenMetrics, with it in the text format. */
  readonly name: string;
  type: string;
  help: string | null;
  unit: string | null;
  readonly samples: IParsedSample[];
  /** Line at which it began. */
  readonly line: number;
}

/** The value of one series; `undefined` where there is none. Labels in any order, all of them. */
export function valueOf(
  families: readonly IParsedFamily[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = seriesKey(name, labels);
  for (const family of families) {
    for (const sample of family.samples) {
      if (sample.name === name && seriesKey(name, sample.labels) === wanted) return sample.value;
    }
  }
  return undefined;
}

/** The sum over all series of a name whose labels include these. */
export function sumOf(
  families: readonly IParsedFamily[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const wanted = Object.entries(labels);
  return families
    .flatMap((family) => family.samples)
    .filter((sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value))
    .reduce((sum, sample) => sum + sample.value, 0);
}

/** What makes two lines the same series. An empty label is no label. */
export function seriesKey(name: string, labels: Readonly<Record<string, string>>, without: string[] = []): string {
  const entries = Object.entries(labels).filter(([key, value]) => value !== '' && !without.includes(key));
  return JSON.stringify([name, entries.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
