import type { IPaint } from './paint.js';
import { cut, padEnd, padStart, printable, widthOf } from './text.js';

/** A column of figures; the name is a column of its own, and comes first. */
export interface IColumn<TRow> {
  readonly title: string;
  /** Characters of the widest figure. */
  readonly width: number;
  /** Where not all columns fit, the ones of the lowest rank stay. */
  readonly rank: number;
  text(row: TRow): string;
  /** `null`: not measured. */
  value(row: TRow): number | null;
}

export interface ITable<TRow> {
  readonly rows: readonly TRow[];
  readonly columns: readonly IColumn<TRow>[];
  readonly nameTitle: string;
  /** Which of all rows these are, where they are not all. */
  readonly place?: string | undefined;
  name(row: TRow): string;
  /** The column that rows are sorted by; `name`: by their names. */
  readonly sortedBy?: IColumn<TRow> | 'name' | undefined;
  readonly descending?: boolean | undefined;
}

const GAP = 2;
const LEAST_NAME = 12;

/** The head and the rows, each at most `width` columns wide; without a limit names stand in full. */
export function tableLines<TRow>(table: ITable<TRow>, width: number, paint: IPaint): string[] {
  const names = table.rows.map((row) => printable(table.name(row)));
  const columns = fitting(table, width);
  const rest = columns.reduce((sum, { column }) => sum + GAP + column.width, 0);
  const mark = table.sortedBy === 'name' ? markOf(table.descending) : '';
  const nameTitle = `${table.nameTitle}${mark}${table.place === undefined ? '' : ` ${table.place}`}`;
  const longest = Math.max(widthOf(nameTitle), ...names.map(widthOf));
  const nameWidth = Number.isFinite(width) ? Math.max(1, width - rest) : longest;
  const line = (name: string, cells: readonly string[]): string =>
    cut([padEnd(name, nameWidth), ...cells].join(' '.repeat(GAP)), width);
  const head = line(
    nameTitle,
    columns.map(({ column, mark }) => padStart(`${column.title}${mark}`, column.width)),
  );
  return [
    paint.head(head),
    ...table.rows.map((row, index) =>
      line(
        names[index] ?? '',
        columns.map(({ column }) => padStart(column.text(row), column.width)),
      ),
    ),
  ];
}

const markOf = (descending: boolean | undefined): string => (descending === true ? '▼' : '▲');

interface IFitting<TRow> {
  readonly column: IColumn<TRow>;
  readonly mark: string;
}

function fitting<TRow>({ columns, sortedBy, descending }: ITable<TRow>, width: number): IFitting<TRow>[] {
  const marked = columns.map((column) => {
    if (column !== sortedBy) return { column, rank: column.rank, mark: '' };
    // What the rows are sorted by is always shown.
    return { column, rank: 0, mark: markOf(descending) };
  });
  let left = width - LEAST_NAME;
  const kept = new Set<number>();
  for (const { column, rank } of marked.toSorted((a, b) => a.rank - b.rank)) {
    left -= GAP + column.width;
    if (left < 0) break;
    kept.add(rank);
  }
  return marked.filter(({ rank }) => kept.has(rank));
}

/** What was not measured comes last, whatever the direction; equal rows keep their order. */
export function sortRows<TRow>(
  rows: readonly TRow[],
  value: (row: TRow) => number | string | null,
  descending: boolean,
): TRow[] {
  const direction = descending ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (a === b) return 0;
    return a < b ? -direction : direction;
  });
}
