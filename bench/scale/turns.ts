/** What the sampler's turns of the event loop take: it alone uses the global timers of the serving process. */
export interface ITurns {
  /** Of each turn, ms. */
  readonly tookMs: readonly number[];
  /** Processor time of all of them. */
  readonly cpuMs: number;
}

let tookMs: number[] = [];
let cpuMs = 0;

/** Before anything of ours is imported. */
export function watchTurns(): void {
  globalThis.setImmediate = watching(globalThis.setImmediate);
  globalThis.setTimeout = watching(globalThis.setTimeout);
}

/** Those since the last call. */
export function takeTurns(): ITurns {
  const turns = { tookMs, cpuMs };
  tookMs = [];
  cpuMs = 0;
  return turns;
}

function watching<T extends typeof setImmediate | typeof setTimeout>(timer: T): T {
  const original = timer as (callback: () => void, ...rest: unknown[]) => unknown;
  const watched = (callback: () => void, ...rest: unknown[]): unknown => original(() => turn(callback), ...rest);
  return Object.assign(watched, timer);
}

function turn(callback: () => void): void {
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  callback();
  const { user, system } = process.cpuUsage(before);
  tookMs.push(performance.now() - startedAt);
  cpuMs += (user + system) / 1_000;
}
