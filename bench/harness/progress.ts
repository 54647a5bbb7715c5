const ERASE_LINE = '\r\u001B[K';

/** What is going on, in one line of stderr that the next call replaces; nothing where that is no terminal. */
export function progress(text: string): void {
  // A terminal that does not know its width says 0.
  if (process.stderr.isTTY) process.stderr.write(ERASE_LINE + text.slice(0, (process.stderr.columns || 80) - 1));
}
