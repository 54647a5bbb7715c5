/** Why an exposition was refused, and in which line (from 1). */
export class ExpositionError extends Error {
  readonly line: number;
  readonly rule: string;

  constructor(line: number, rule: string) {
    super(`line ${line}: ${rule}`);
    this.name = 'ExpositionError';
    this.line = line;
    this.rule = rule;
  }
}
