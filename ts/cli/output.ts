import { format, stripVTControlCharacters } from 'node:util';

/** What was asked for goes to stdout. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What happens goes to stderr, one line each. */
export function warn(line: string): void {
  process.stderr.write(`routemeter: ${line}\n`);
}

/** Tells each text once: what fails may fail a thousand times a second. At most `limit` texts are remembered. */
export function warnOnce(limit = 100): (line: string) => void {
  const told = new Set<string>();
  return (line) => {
    if (told.has(line) || told.size >= limit) return;
    told.add(line);
    warn(`${line}${told.size === limit ? ' (no more such lines)' : ''}`);
  };
}

/**
 * SmartDNS talks through `console`. This program's stdout is its own: what is more than chatter goes to stderr, and what
 * the binary's last words are about is told with a remedy.
 */
export function quietConsole(): void {
  const tell = (...values: readonly unknown[]): void => {
    const line = stripVTControlCharacters(format(...values)).trim();
    if (!/^DNS server started|\b(?:INFO|DEBUG|TRACE)\b|GLIBC_/u.test(line)) warn(`SmartDNS: ${line}`);
  };
  Object.assign(console, { log: tell, info: tell, warn: tell, error: tell });
}
