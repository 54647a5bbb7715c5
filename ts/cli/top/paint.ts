/** Marks on text that is printable already. */
export interface IPaint {
  /** Heads of tables, and the line of keys. */
  head(text: string): string;
  /** What the eye should find first. */
  strong(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

const same = (text: string): string => text;
const sgr =
  (codes: string) =>
  (text: string): string =>
    `\x1b[${codes}m${text}\x1b[0m`;

export const PLAIN: IPaint = { head: same, strong: same, good: same, bad: same };
export const COLOURS: IPaint = { head: sgr('7'), strong: sgr('1'), good: sgr('32'), bad: sgr('1;31') };
