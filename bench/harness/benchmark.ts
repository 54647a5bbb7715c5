/** What every benchmark is made of, and how one is run. */
import { parseArgs } from 'node:util';
import { isMet, type IFigure, lineOf } from './figures.js';
import { machine } from './machine.js';
import type { IPlot } from './plot.js';
import { publish } from './results.js';

export interface ITable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface IOutcome {
  readonly tables: readonly ITable[];
  readonly plots?: readonly IPlot[];
  readonly figures: readonly IFigure[];
  /** What a reader must know beside. */
  readonly notes: readonly string[];
}

export interface ISettings {
  readonly rounds: number;
  /** Of each visit, where visits are bounded by time. */
  readonly seconds: number;
}

export interface IBenchmark {
  /** Its file's, without `.ts`. */
  readonly name: string;
  readonly title: string;
  readonly defaults: ISettings;
  run(settings: ISettings): Promise<IOutcome>;
}

export const USAGE = `  --check       exit 1 where a figure is not reached
  --rounds N    of each comparison
  --seconds S   of each visit of a server
With --rounds or --seconds nothing is written: bench/results/ and readme.md show whole runs only.`;

/** Runs it as the command line asks, prints its tables and then its figures, and sets the exit code. */
export async function main(benchmark: IBenchmark): Promise<void> {
  const { name, title, defaults } = benchmark;
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
    },
  });
  if (values.help) {
    console.log(`${title}\n\n${USAGE}`);
    return;
  }
  const settings: ISettings = {
    rounds: positive('--rounds', values.rounds) ?? defaults.rounds,
    seconds: positive('--seconds', values.seconds) ?? defaults.seconds,
  };
  console.log(`${name}: ${title} (${settings.rounds} rounds)`);
  const outcome = await benchmark.run(settings);
  for (const table of outcome.tables) print(table);
  for (const note of outcome.notes) console.log(`\n${note}`);
  if (values.rounds === undefined && values.seconds === undefined) {
    publish({ name, title, takenOn: new Date().toISOString().slice(0, 10), machine: machine(), settings, ...outcome });
  }
  console.log('');
  for (const figure of outcome.figures) console.log(lineOf(figure));
  if (values.check && !outcome.figures.every(isMet)) process.exitCode = 1;
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0 && value < 1_000) return value;
  throw new Error(`${name} must be a number above 0 and below 1000, not ${text}`);
}

function print({ title, columns, rows }: ITable): void {
  const all = [columns, ...rows];
  const widths = columns.map((_column, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const row of all) console.log(`  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
}
