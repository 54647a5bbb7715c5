import { openSync, readSync } from 'node:fs';

export interface IWatched {
  readonly tookMs: number;
  /** The longest turn by the clock, with what other processes of the machine took of it. */
  readonly stallMs: number;
  /** The longest turn without that: no more than what this process did. */
  readonly ownMs: number;
  readonly bytes?: number;
}

/** A moment, in ms: by the clock, in CPU of the process, and in what its thread waited for a processor. */
interface ILook {
  readonly clock: number;
  readonly cpu: number;
  readonly waited: number;
}

function look(): ILook {
  const { user, system } = process.cpuUsage();
  return { clock: performance.now(), cpu: (user + system) / 1000, waited: waitedMs() };
}

const bytes = Buffer.alloc(128);
/** Of this thread: what it ran, what it waited, and how often, in ns. `null` where the kernel does not tell. */
let schedstat: number | null = null;
try {
  schedstat = openSync('/proc/thread-self/schedstat', 'r');
} catch {
  // Another system, or a kernel without it: then CPU is all there is.
}

function waitedMs(): number {
  if (schedstat === null) return 0;
  const length = readSync(schedstat, bytes, 0, bytes.length, 0);
  return Number(bytes.toString('latin1', 0, length).split(' ')[1]) / 1e6;
}

/** Milliseconds that it took, and the longest times between two turns of the event loop. `traffic` runs in each turn. */
export async function watched(work: () => unknown, traffic?: () => void): Promise<IWatched> {
  let pending = true;
  let stallMs = 0;
  let ownMs = 0;
  let last = look();
  const note = (): void => {
    const now = look();
    const clock = now.clock - last.clock;
    stallMs = Math.max(stallMs, clock);
    // CPU is of all threads, and may be more than what this one did while it waited.
    ownMs = Math.max(ownMs, Math.min(clock - (now.waited - last.waited), now.cpu - last.cpu));
    last = now;
  };
  const turn = (): void => {
    note();
    traffic?.();
    if (pending) setImmediate(turn);
  };
  globalThis.gc?.();
  await new Promise<void>((resume) => setImmediate(resume));
  const startedAt = (last = look()).clock;
  setImmediate(turn);
  await work();
  const endedAt = performance.now();
  pending = false;
  note();
  return { tookMs: endedAt - startedAt, stallMs, ownMs };
}
