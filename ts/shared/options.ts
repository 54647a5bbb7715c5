import type { IClock, ILogger } from '../interfaces/options.js';
import { systemClock } from './clock.js';
import { describe, invalidOption, RoutemeterError } from './errors.js';

/** Throws `ERR_OPTION_UNKNOWN` for a key that is not in `known`, with the nearest rule: the list of known ones. */
export function rejectUnknown(owner: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new RoutemeterError('ERR_OPTION_UNKNOWN', `${owner} has no option "${key}"; it knows ${known.join(', ')}`);
    }
  }
}

/** An options object or nothing; anything else throws. */
export function optionsObject(owner: string, options: unknown): void {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options))) {
    throw new RoutemeterError('ERR_OPTION_INVALID', `${owner} takes an object of options, not ${describe(options)}`);
  }
}

export function integerOption(
  name: string,
  value: number | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalidOption(name, `a whole number from ${min} to ${max}`, value);
  }
  return value;
}

export function choiceOption<T extends string>(
  name: string,
  value: T | undefined,
  fallback: T,
  choices: readonly T[],
): T {
  if (value === undefined) return fallback;
  if (!choices.includes(value)) throw invalidOption(name, `one of ${choices.join(', ')}`, value);
  return value;
}

export function functionOption(name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidOption(name, 'a function', value);
}

/** Default: the system's. */
export function clockOption(clock: IClock | undefined): IClock {
  if (clock === undefined) return systemClock;
  functionOption('clock.now', (clock as Partial<IClock> | null)?.now);
  functionOption('clock.wall', (clock as Partial<IClock> | null)?.wall);
  return clock;
}

export function loggerOption(logger: ILogger | undefined): ILogger | undefined {
  if (logger !== undefined) functionOption('logger.warn', (logger as Partial<ILogger> | null)?.warn);
  return logger;
}

export function stringOption(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw invalidOption(name, 'a text that is not empty', value);
  return value;
}

export function arrayOption(name: string, value: unknown): void {
  if (!Array.isArray(value)) throw invalidOption(name, 'an array', value);
}
