/** What is known of each line, in columns rather than objects: a page of many routes has some half a million lines. */
export interface ILineColumns {
  readonly values: Float64Array;
  /** What a line says besides its route and its number. */
  readonly tails: Int32Array;
  /** Where its number stands in the block, and in how many bytes. */
  readonly at: Int32Array;
  readonly widths: Uint8Array;
}

/** A copy of so many lines; those that are more than there were are empty. */
export function columnsOf({ values, tails, at, widths }: ILineColumns, lines: number): ILineColumns {
  const columns = {
    values: new Float64Array(lines),
    tails: new Int32Array(lines),
    at: new Int32Array(lines),
    widths: new Uint8Array(lines),
  };
  columns.values.set(values.subarray(0, lines));
  columns.tails.set(tails.subarray(0, lines));
  columns.at.set(at.subarray(0, lines));
  columns.widths.set(widths.subarray(0, lines));
  return columns;
}

export const NO_COLUMNS: ILineColumns = {
  values: new Float64Array(0),
  tails: new Int32Array(0),
  at: new Int32Array(0),
  widths: new Uint8Array(0),
};
