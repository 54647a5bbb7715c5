import { html, nothing, repeat } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import { nextSort, sorted } from '../sorting.js';
import type { ISort, TSortKey } from '../sorting.js';

export interface IColumn<T> {
  readonly id: string;
  readonly label: string;
  /** What the label leaves out. */
  readonly hint?: string;
  readonly numeric?: boolean;
  readonly cell: (row: T) => unknown;
  /** Left out: one cannot sort by it. */
  readonly sortBy?: (row: T) => TSortKey;
}

export interface ITable<T> {
  readonly label: string;
  /** What `data-row` says. */
  readonly name: string;
  /** The first one names the row. */
  readonly columns: readonly IColumn<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly empty: string;
  /** Left out: in the order in which the rows come. */
  readonly sort?: ISort;
  readonly onSort?: (sort: ISort) => void;
}

export function sortRows<T>(rows: readonly T[], columns: readonly IColumn<T>[], sort: ISort): readonly T[] {
  const keyOf = columns.find(({ id }) => id === sort.column)?.sortBy;
  return keyOf === undefined ? rows : sorted(rows, keyOf, sort.direction);
}

/** Wide tables are moved sideways within their own frame, which the keyboard can reach. */
export function table<T>(options: ITable<T>): TemplateResult {
  const { label, name, columns, rows, keyOf, empty, sort } = options;
  if (rows.length === 0) return html`<p class="note">${empty}</p>`;
  return html`<div class="scroll" role="group" aria-label=${label} tabindex="0">
    <table data-table=${name}>
      <thead>
        <tr>
          ${columns.map((column) => heading(column, options))}
        </tr>
      </thead>
      <tbody>
        ${repeat(
          sort === undefined ? rows : sortRows(rows, columns, sort),
          keyOf,
          (row) =>
            html`<tr data-row=${name} data-key=${keyOf(row)}>
              ${columns.map(({ cell, numeric }, index) =>
                index === 0
                  ? html`<th scope="row">${cell(row)}</th>`
                  : html`<td class=${numeric === true ? 'number' : ''}>${cell(row)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function heading<T>(column: IColumn<T>, { sort, onSort }: ITable<T>): TemplateResult {
  const { label, hint, numeric, sortBy } = column;
  const kind = numeric === true ? 'number' : '';
  if (sort === undefined || onSort === undefined || sortBy === undefined) {
    return html`<th scope="col" class=${kind} title=${hint ?? nothing}>${label}</th>`;
  }
  const direction = sort.column === column.id ? sort.direction : 'none';
  return html`<th scope="col" class=${kind} aria-sort=${direction} title=${hint ?? nothing}>
    <button type="button" data-sort=${column.id} @click=${() => onSort(nextSort(column, sort))}>
      ${label}<span class="direction" aria-hidden="true">${ARROWS[direction]}</span>
    </button>
  </th>`;
}

const ARROWS = { ascending: '▲', descending: '▼', none: '↕' } as const;
