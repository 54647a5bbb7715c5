import type { IHostMetrics } from '../interfaces/smartproxy.js';
import type { IForwardedRoute } from '../interfaces/source.js';

/** Seconds that the host averages throughput over, as our own rates do. */
const WINDOW_SECONDS = 10;

/**
 * The host's own figures of the routes that it forwards itself. Every group and every function may be missing, throw,
 * promise or return nonsense: what is not told is `null`. Routes in `wrapped` are left out: they are counted at the wrapper.
 */
export async function forwardedRoutes(
  metrics: IHostMetrics,
  wrapped: () => ReadonlySet<string>,
): Promise<IForwardedRoute[]> {
  const [active, throughput] = await Promise.all([
    ask(() => metrics.connections?.byRoute?.()),
    ask(() => metrics.throughput?.byRoute?.(WINDOW_SECONDS)),
  ]);
  const ours = wrapped();
  const names = new Set([...keys(active), ...keys(throughput)]);
  return [...names]
    .filter((name) => !ours.has(name))
    .map((name) => {
      const rates: unknown = throughput instanceof Map ? throughput.get(name) : undefined;
      return {
        name,
        active: active instanceof Map ? count(active.get(name)) : null,
        // The host tells no total for a route: its own total is of all routes together.
        total: null,
        bytesInPerSecond: amount(field(rates, 'in')),
        bytesOutPerSecond: amount(field(rates, 'out')),
      };
    });
}

async function ask(read: () => unknown): Promise<unknown> {
  try {
    return await read();
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

/** A gauge that drifted below 0 is no measurement. */
function count(value: unknown): number | null {
  return Number.isSafeInteger(value) ? amount(value) : null;
}

function amount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
