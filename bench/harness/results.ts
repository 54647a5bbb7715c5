/** What a whole run leaves: `bench/results/NAME.json`, and its tables and plots in readme.md. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IOutcome, ISettings, ITable } from './benchmark.js';
import { boundOf, isMet, short } from './figures.js';
import { type IPlot, svgOf } from './plot.js';

const BENCH = fileURLToPath(new URL('..', import.meta.url));
const README = path.join(BENCH, '..', 'readme.md');
const RESULTS = path.join(BENCH, 'results');

/** From the project's folder. */
export const pictureOf = ({ name }: IPlot): string => `docs/bench-${name}.svg`;

export interface IReport extends IOutcome {
  readonly name: string;
  readonly title: string;
  /** Year, month and day. */
  readonly takenOn: string;
  readonly machine: string;
  readonly settings: ISettings;
}

export function reports(): IReport[] {
  if (!existsSync(RESULTS)) return [];
  const files = readdirSync(RESULTS).filter((file) => file.endsWith('.json'));
  return files.map((file) => JSON.parse(readFileSync(path.join(RESULTS, file), 'utf8')) as IReport);
}

/** Replaces what stands between the report's markers; the text as it is where it has none. */
export function withReport(text: string, report: IReport): string {
  const [start, end] = [`<!-- bench ${report.name} -->\n`, '<!-- /bench -->'];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) return text;
  return `${text.slice(0, from + start.length)}\n${markdown(report)}\n${text.slice(to)}`;
}

export function publish(report: IReport): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(path.join(RESULTS, `${report.name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  for (const plot of report.plots ?? []) writeFileSync(path.join(BENCH, '..', pictureOf(plot)), svgOf(plot));
  writeFileSync(README, withReport(readFileSync(README, 'utf8'), report));
}

export function markdown({ name, machine, takenOn, settings, tables, plots = [], notes, figures }: IReport): string {
  const wanted: ITable = {
    title: 'What is asked of it (`--check`)',
    columns: ['figure', 'asked', 'measured', ''],
    rows: figures.map((figure) => [
      figure.name,
      boundOf(figure),
      figure.measured === null ? '—' : short(figure.measured),
      figure.measured === null ? 'not measured' : isMet(figure) ? 'reached' : '**missed**',
    ]),
  };
  const pictures = plots.map((plot) => `![${plot.title}](${pictureOf(plot)})`);
  const about = `\`npm run bench -- ${name}\`, ${takenOn}, ${settings.rounds} rounds, ${machine}. A figure is a median (least–largest).`;
  return (
    [about, ...[...tables, wanted].map(tableOf), ...pictures, ...notes.map((note) => `${note}\n`)]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

function tableOf({ title, columns, rows }: ITable): string {
  const lines = [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [`**${title}**`, '', ...lines].join('\n');
}
