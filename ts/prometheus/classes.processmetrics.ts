import { collectDefaultMetrics, perfHooks, Registry } from './plugins.js';
import type { IMetricsRegistry } from './foreign.js';

type TMonitor = ReturnType<typeof perfHooks.monitorEventLoopDelay>;
type TObserver = InstanceType<typeof perfHooks.PerformanceObserver>;

/** What prom-client's gauges of event loop lag say while nothing was measured: no number, or their initial 0. */
const LAG = 'nodejs_eventloop_lag_';
const LAG_NOW = 'nodejs_eventloop_lag_seconds';
const LAG_MEAN = 'nodejs_eventloop_lag_mean_seconds';

/** prom-client's default metrics in a registry of their own, which it cannot give back by itself. */
export class ProcessMetrics implements IMetricsRegistry {
  #registry: Registry | null = null;
  #monitors: TMonitor[] = [];
  #observers: TObserver[] = [];

  /** Idempotent. Nothing of it keeps the process alive. */
  start(): void {
    if (this.#registry !== null) return;
    const registry = new Registry();
    const held = hold(() => collectDefaultMetrics({ register: registry }));
    this.#registry = registry;
    this.#monitors = held.monitors;
    this.#observers = held.observers;
  }

  /** Idempotent. Afterwards there are no figures until the next `start()`. */
  stop(): void {
    for (const monitor of this.#monitors) monitor.disable();
    for (const observer of this.#observers) observer.disconnect();
    this.#registry = null;
    this.#monitors = [];
    this.#observers = [];
  }

  async getMetricsAsJSON(): Promise<readonly unknown[]> {
    const metrics = (await this.#registry?.getMetricsAsJSON()) ?? [];
    const first = (name: string): number | undefined =>
      metrics.find((metric) => metric.name === name)?.values[0]?.value;
    const measured = !Number.isNaN(first(LAG_MEAN));
    return metrics.filter(({ name }) => {
      if (name === LAG_NOW) return first(LAG_NOW) !== 0;
      return measured || !name.startsWith(LAG);
    });
  }
}

/**
 * Runs `collect` and tells what it started. prom-client keeps its event loop monitor and its observer of garbage
 * collections to itself, so for the time of this one synchronous call, which no other code can see, what it takes from
 * `perf_hooks` is handed to it by us.
 */
function hold(collect: () => void): { monitors: TMonitor[]; observers: TObserver[] } {
  const monitors: TMonitor[] = [];
  const observers: TObserver[] = [];
  const hooks: { -readonly [K in keyof typeof perfHooks]: (typeof perfHooks)[K] } = perfHooks;
  const { monitorEventLoopDelay, PerformanceObserver } = hooks;
  try {
    hooks.monitorEventLoopDelay = (options) => {
      const monitor = monitorEventLoopDelay(options);
      monitors.push(monitor);
      return monitor;
    };
    hooks.PerformanceObserver = class extends PerformanceObserver {
      constructor(callback: ConstructorParameters<typeof PerformanceObserver>[0]) {
        super(callback);
        observers.push(this);
      }
    };
    collect();
  } finally {
    hooks.monitorEventLoopDelay = monitorEventLoopDelay;
    hooks.PerformanceObserver = PerformanceObserver;
  }
  return { monitors, observers };
}
