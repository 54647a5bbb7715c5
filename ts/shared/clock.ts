import type { IClock } from '../interfaces/options.js';

/** `performance.now()` never goes back when the wall clock is set. */
export const systemClock: IClock = {
  now: () => performance.now(),
  wall: () => Date.now(),
};
