import { RoutemeterError } from '../shared/errors.js';

/** Exit codes, as the readme has them. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** What is wrong with a configuration: every problem, a line each. */
export class ConfigError extends RoutemeterError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('ERR_CONFIG', problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The message of whatever was thrown; a stack trace is for programmers. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's error code (`EADDRINUSE`, `ENOENT`, …), wherever it is in the chain of causes. */
export function systemCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('syscall' in at && 'code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}
