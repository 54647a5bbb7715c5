export type TDirection = 'ascending' | 'descending';
export type TSortKey = string | number | null;

export interface ISort {
  readonly column: string;
  readonly direction: TDirection;
}

/** What another press on a column's heading asks for: the largest, or the alphabet's first, comes first. */
export function nextSort(column: { readonly id: string; readonly numeric?: boolean }, sort: ISort): ISort {
  const first: TDirection = column.numeric === true ? 'descending' : 'ascending';
  if (sort.column !== column.id) return { column: column.id, direction: first };
  return { column: column.id, direction: sort.direction === 'ascending' ? 'descending' : 'ascending' };
}

const NAMES = new Intl.Collator('en', { numeric: true });

/** A sorted copy. What is not measured comes last in either direction; equals keep their order. */
export function sorted<T>(rows: readonly T[], keyOf: (row: T) => TSortKey, direction: TDirection): T[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return rows
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((a, b) => {
      if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
      return sign * compare(a.key, b.key);
    })
    .map(({ row }) => row);
}

function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : NAMES.compare(String(a), String(b));
}
