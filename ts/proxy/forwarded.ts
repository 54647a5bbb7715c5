import type { IHostMetrics } from '../interfaces/smartproxy.js';
import type { IForwardedRoute } from '../interfaces/source.js';

/** Seconds that the host averages throughput over, as our own rates do. */
const WINDOW_SECONDS = 10;

/**
 * The host's own figures of the routes that it forwards itself. Every group and every function may be missing, throw
 * or return nonsense: what is not told is `null`. Routes in `wrapped` are left out: they are counted at the wrapper.
 */
export function forwardedRoutes(metrics: IHostMetrics, wrapped: ReadonlySet<string>): IForwardedRoute[] {
  const active = ask(() => metrics.connections?.byRoute?.());
  const throughput = ask(() => metrics.throughput?.byRoute?.(WINDOW_SECONDS));
  const names = new Set([...keys(active), ...keys(throughput)]);
  return [...names]
    .filter((name) => !wrapped.has(name))
    .map((name) => {
      const rates: unknown = throughput instanceof Map ? throughput.get(name) : undefined;
      return {
        name,
        active: active instanceof Map ? finite(active.get(name)) : null,
        // The host tells no total for a route: its own total is of all routes together.
        total: null,
        bytesInPerSecond: finite(field(rates, 'in')),
        bytesOutPerSecond: finite(field(rates, 'out')),
      };
    });
}

function ask(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function keys(map: unknown): string[] {
  return map instanceof Map ? [...map.keys()].filter((key) => typeof key === 'string') : [];
}

function field(value: unknown, name: 'in' | 'out'): unknown {
  return typeof value === 'object' && value !== null ? (value as { in?: unknown; out?: unknown })[name] : undefined;
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
