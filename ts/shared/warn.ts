import type { ILogger } from '../interfaces/options.js';

/** A logger that throws must not reach whoever is being observed. */
export function warn(logger: ILogger | undefined, message: string): void {
  try {
    logger?.warn(message);
  } catch {
    // Nobody is left to be told.
  }
}
