import { util } from './plugins.js';

/** What was asked for goes to stdout. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A text that may be long, to its end: a pipe takes 64 KiB at once, and what is left is lost when the process ends. */
export function sayAll(text: string): Promise<void> {
  // Also where the reader has gone: nobody is left to be told.
  return new Promise((resolve) => void process.stdout.write(`${text}\n`, () => resolve()));
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

/** What SmartDNS says that is no news, or that is told better elsewhere: its process has ended. */
const CHATTER: readonly RegExp[] = [
  /^DNS server started/u,
  /\b(?:INFO|DEBUG|TRACE)\b/u,
  /GLIBC_/u,
  /rustdns (?:process (?:exited|killed)|bridge is not running)|Failed to write to transport/u,
  /drain listeners added to|--trace-warnings/u,
];

/** SmartDNS talks through `console`. This program's stdout is its own: what is more than chatter goes to stderr, once. */
export function quietConsole(): void {
  const once = warnOnce();
  const tell = (...values: readonly unknown[]): void => {
    const [line = ''] = util
      .stripVTControlCharacters(util.format(...values))
      .trim()
      .split('\n');
    if (!CHATTER.some((chatter) => chatter.test(line))) once(`SmartDNS: ${line}`);
  };
  Object.assign(console, { log: tell, info: tell, warn: tell, error: tell });
}
