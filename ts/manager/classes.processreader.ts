import { os } from '../plugins.js';
import type { IProcessSnapshot } from '../interfaces/snapshot.js';
import type { ISmartMetrics } from '../interfaces/smartmetrics.js';

const MIN_CPU_WINDOW_MS = 1000;

type TTold = Pick<IProcessSnapshot, 'cpuPercentage' | 'memoryPercentage' | 'memoryUsageBytes'>;

const NOTHING: TTold = { cpuPercentage: null, memoryPercentage: null, memoryUsageBytes: null };

/** Figures of this process: of a SmartMetrics-shaped object if there is one, else of Node. */
export class ProcessReader {
  readonly #smartMetrics: ISmartMetrics | undefined;
  #told: TTold = NOTHING;
  #asking = false;
  #cpu: { readonly used: NodeJS.CpuUsage; readonly at: number } | null = null;
  #cpuPercentage: number | null = null;

  constructor(smartMetrics: ISmartMetrics | undefined) {
    this.#smartMetrics = smartMetrics;
  }

  /** Asks the SmartMetrics object; never two questions at once. What it fails with stays here: the last answer stands. */
  async poll(): Promise<void> {
    if (this.#smartMetrics === undefined || this.#asking) return;
    this.#asking = true;
    try {
      const metrics = await this.#smartMetrics.getMetrics();
      this.#told = {
        cpuPercentage: figure(metrics.cpuPercentage),
        memoryPercentage: figure(metrics.memoryPercentage),
        memoryUsageBytes: figure(metrics.memoryUsageBytes),
      };
    } catch {
      // Not measured this time.
    } finally {
      this.#asking = false;
    }
  }

  /** `now`: monotonic, ms. */
  snapshot(now: number): IProcessSnapshot {
    const uptimeSeconds = process.uptime();
    if (this.#smartMetrics !== undefined) {
      return { source: 'smartmetrics', ...this.#told, heapUsedBytes: null, uptimeSeconds };
    }
    const { rss, heapUsed } = memory();
    return {
      source: 'node',
      cpuPercentage: this.#cpuSince(now),
      memoryPercentage: rss === null ? null : figure((rss / os.totalmem()) * 100),
      memoryUsageBytes: rss,
      heapUsedBytes: heapUsed,
      uptimeSeconds,
    };
  }

  /** Share of one core since a read at least a second ago, so that frequent readers do not measure noise. */
  #cpuSince(now: number): number | null {
    const before = this.#cpu;
    if (before !== null && now - before.at < MIN_CPU_WINDOW_MS) return this.#cpuPercentage;
    const used = process.cpuUsage();
    this.#cpu = { used, at: now };
    if (before !== null) {
      const busyMs = (used.user + used.system - before.used.user - before.used.system) / 1000;
      this.#cpuPercentage = (busyMs / (now - before.at)) * 100;
    }
    return this.#cpuPercentage;
  }
}

/** Read from files, as is the system's own figure: a process that has no descriptors left cannot open them. */
function memory(): { readonly rss: number | null; readonly heapUsed: number | null } {
  try {
    return process.memoryUsage();
  } catch {
    return { rss: null, heapUsed: null };
  }
}

function figure(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
