import { spawnSync } from 'node:child_process';
import type { IRouterSnapshot, ISnapshotSource } from '../../ts/interfaces/snapshot.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import type { IPrometheusExporterOptions } from '../../ts/prometheus/index.js';

export const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';
export const TEXT = 'text/plain;version=0.0.4';

/** Time that stands still, so that a page is the same each time. */
export const frozenClock = { now: () => 0, wall: () => 0 };

export function sourceOf(snapshot: IRouterSnapshot): ISnapshotSource & { taken: number } {
  return {
    taken: 0,
    snapshot() {
      this.taken++;
      return snapshot;
    },
  };
}

/** An exporter whose pages depend on nothing but the snapshot. */
export function fixedExporter(snapshot: IRouterSnapshot, options: IPrometheusExporterOptions = {}): PrometheusExporter {
  return new PrometheusExporter(sourceOf(snapshot), { processMetrics: false, clock: frozenClock, ...options });
}

/** What `promtool check metrics` says about a page in the text format, and its exit code. */
export function promtool(body: string): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], { input: body });
  if (error !== undefined) throw error;
  return { status, output: `${String(stdout)}${String(stderr)}` };
}
