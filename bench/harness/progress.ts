const ERASE_LINE = '\r\u001B[K';

/** What is going on, in one line of stderr that the next call replaces; nothing where that is no terminal. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(ERASE_LINE + text.slice(0, process.stderr.columns - 1));
}
