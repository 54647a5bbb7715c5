import { perf } from './plugins.js';
import type { ISystemAnswer } from '../interfaces/ops.js';

const WINDOW_MS = 10_000;
const RESOLUTION_MS = 20;

/** How late the event loop is, in windows of 10 s. Costs a timer every 20 ms, so it runs only while figures are served. */
export class LoopLag {
  #histogram: ReturnType<typeof perf.monitorEventLoopDelay> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #reading: ISystemAnswer['eventLoop'] = null;

  /** Of the last complete window; `null` before the first one and while stopped. */
  get reading(): ISystemAnswer['eventLoop'] {
    return this.#reading;
  }

  start(): void {
    if (this.#histogram !== null) return;
    const histogram = perf.monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    this.#histogram = histogram;
    this.#timer = setInterval(() => {
      const { mean, max } = histogram;
      const p99 = histogram.percentile(99);
      this.#reading = { lagMeanSeconds: late(mean), lagP99Seconds: late(p99), lagMaxSeconds: late(max) };
      histogram.reset();
    }, WINDOW_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#histogram?.disable();
    this.#histogram = null;
    this.#reading = null;
  }
}

/** What is measured is the time between two turns of a timer, so an idle loop shows the resolution itself. */
function late(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) / 1000 : 0;
}
