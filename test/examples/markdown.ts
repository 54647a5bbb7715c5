/** One fenced block, and the one that follows it with only the blank lines between. */
export interface IBlock {
  readonly language: string;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly next: IBlock | undefined;
}

/** The blocks of a Markdown text, in order. */
export function blocksOf(markdown: string): IBlock[] {
  const found: { language: string; text: string; line: number; end: number; next: IBlock | undefined }[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(\w*)$/.exec(lines[at] ?? '')?.[1];
    if (language === undefined) continue;
    const close = lines.indexOf('```', at + 1);
    if (close < 0) throw new Error(`line ${at + 1}: the block is not closed`);
    const text = lines.slice(at + 1, close).join('\n');
    const block = { language, text, line: at + 1, end: close, next: undefined };
    const before = found.at(-1);
    if (before !== undefined && lines.slice(before.end + 1, at).every((line) => line === '')) before.next = block;
    found.push(block);
    at = close;
  }
  return found;
}

/** The text without its blocks. */
export const proseOf = (markdown: string): string => markdown.replaceAll(/^```[^]*?^```$/gm, '');

/** What links point to, images included. */
export const linksOf = (markdown: string): string[] =>
  [...proseOf(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');

/** The anchors that headings make, as GitHub and npm have them. */
export const anchorsOf = (markdown: string): string[] =>
  [...proseOf(markdown).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

/** The rows of the table whose first column has this heading, without the heading: cells as they are written. */
export function tableOf(markdown: string, firstColumn: string): string[][] {
  const lines = proseOf(markdown).split('\n');
  const cells = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const start = lines.findIndex((line) => line.startsWith('|') && cells(line)[0] === firstColumn);
  if (start < 0) throw new Error(`there is no table whose first column is "${firstColumn}"`);
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  const rows = rest.slice(0, end < 0 ? undefined : end).map(cells);
  if (rows.length === 0) throw new Error(`the table "${firstColumn}" is empty`);
  return rows;
}

/** What stands in backquotes. */
export const codesOf = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');
