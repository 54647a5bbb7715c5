export interface IWatched {
  readonly tookMs: number;
  readonly stallMs: number;
  readonly bytes?: number;
}

/** Milliseconds that it took, and the longest time between two turns of the event loop. `traffic` runs in each turn. */
export async function watched(work: () => unknown, traffic?: () => void): Promise<IWatched> {
  let pending = true;
  let stallMs = 0;
  let last = 0;
  const turn = (): void => {
    const now = performance.now();
    stallMs = Math.max(stallMs, now - last);
    last = now;
    traffic?.();
    if (pending) setImmediate(turn);
  };
  globalThis.gc?.();
  await new Promise<void>((resume) => setImmediate(resume));
  const startedAt = (last = performance.now());
  setImmediate(turn);
  await work();
  const endedAt = performance.now();
  pending = false;
  return { tookMs: endedAt - startedAt, stallMs: Math.max(stallMs, endedAt - last) };
}
