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
