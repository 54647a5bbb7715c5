import type { IMetric, ISample } from '../catalog/index.js';
import { baseName } from './family.js';

/** The parts of a prom-client registry that `registerWith` uses, typed structurally. */
export interface IPromClientRegistry {
  readonly contentType: string;
  getSingleMetric(name: string): unknown;
  // Metrics are `never`-typed here so that a registry with a metric type of its own fits.
  registerMetric(metric: never): void;
}

interface IPromClientValue {
  readonly labels: Record<string, string | number>;
  readonly value: number;
  readonly metricName?: string;
}

/** One catalogue metric inside a user's own prom-client registry: what prom-client calls of a metric, and no more. */
export class BridgedMetric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly #name: string;
  readonly #metric: IMetric;
  readonly #registry: IPromClientRegistry;
  readonly #read: (metric: IMetric) => Iterable<ISample>;

  constructor(
    name: string,
    metric: IMetric,
    registry: IPromClientRegistry,
    read: (metric: IMetric) => Iterable<ISample>,
  ) {
    this.type = metric.type === 'info' ? 'gauge' : metric.type;
    this.help = metric.help;
    this.labelNames = metric.labels;
    this.#name = name;
    this.#metric = metric;
    this.#registry = registry;
    this.#read = read;
  }

  get name(): string {
    return this.#name;
  }

  /** prom-client renames counters for good while it renders OpenMetrics; this one stays what it is. */
  set name(_renamed: string) {}

  /** prom-client resets what it counts itself; these figures are not its own. */
  reset(): void {}

  async get(): Promise<{ name: string; help: string; type: string; values: IPromClientValue[] }> {
    const values = Array.from(this.#read(this.#metric), (sample) => this.#values(sample)).flat();
    // For OpenMetrics prom-client adds `_total` itself.
    const openMetrics = this.#registry.contentType.startsWith('application/openmetrics-text');
    const name = openMetrics ? baseName(this.#name, this.type) : this.#name;
    return { name, help: this.help, type: this.type, values };
  }

  #values({ labels: texts, value }: ISample): IPromClientValue[] {
    const labels: Record<string, string> = {};
    for (const [index, label] of this.#metric.labels.entries()) labels[label] = (texts[index] ?? '').toWellFormed();
    if (typeof value === 'number') return [{ labels, value }];
    const values: IPromClientValue[] = [];
    let cumulative = 0;
    for (const [index, count] of value.counts.entries()) {
      cumulative += count;
      const le = value.edges[index] ?? '+Inf';
      values.push({ labels: { ...labels, le }, value: cumulative, metricName: `${this.#name}_bucket` });
    }
    values.push({ labels, value: value.sum, metricName: `${this.#name}_sum` });
    values.push({ labels, value: cumulative, metricName: `${this.#name}_count` });
    return values;
  }
}
