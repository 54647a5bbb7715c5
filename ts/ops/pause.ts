import { systemClock } from '../shared/clock.js';

/** Milliseconds of work between two pauses. */
const SLICE_MS = 1;

/**
 * For work in slices: called between two steps, gives `null` while the slice lasts, then what to wait for so that the
 * process's other work has its turn.
 */
export function pauses(): () => Promise<void> | null {
  let resumedAt = systemClock.now();
  return () => {
    if (systemClock.now() - resumedAt < SLICE_MS) return null;
    return new Promise<void>((resume) => {
      setImmediate(() => {
        resumedAt = systemClock.now();
        resume();
      });
    });
  };
}
