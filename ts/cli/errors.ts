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

/** What a constructor refuses of a file's values is wrong in the file: throws a `ConfigError` that names it. */
export function configured<T>(file: string, construct: () => T): T {
  try {
    return construct();
  } catch (error) {
    throw new ConfigError([`${file}: ${messageOf(error)}`]);
  }
}

/** The message of whatever was thrown; a stack trace is for programmers. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error whose reason is a port that somebody else has. */
export class PortInUseError extends Error {}

const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
};

/** What a listening server of Node reports, in words; anything else as it is. */
export function listenError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code = '', address, port } = error as { code?: string; address?: string; port?: number };
  const reason = LISTEN_REASONS[code];
  if (reason === undefined) return error;
  // Whoever gave no address has a message of its own.
  const message = port === undefined ? error.message : `cannot listen on ${address ?? '*'}:${port}: ${reason}`;
  const Kind = code === 'EADDRINUSE' ? PortInUseError : Error;
  return new Kind(message, { cause: error });
}
