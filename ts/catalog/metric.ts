import type { TRouterEventName } from '../interfaces/events.js';
import type { IHistogramSnapshot, IRouterSnapshot, IRouteSnapshot, ISelfSnapshot } from '../interfaces/snapshot.js';
import type { IDnsReadings, IHostCounters, IProxyReadings } from '../interfaces/source.js';

/** `info`: labels are all it tells, its value is always 1. */
export type TMetricType = 'counter' | 'gauge' | 'histogram' | 'info';

/** What makes a metric move: an event, a reading of a source, a field that the manager keeps itself, or the exporter. */
export type TFeed =
  | TRouterEventName
  | `readings.${keyof IProxyReadings | keyof IDnsReadings}`
  | `readings.host.${keyof IHostCounters}`
  | `snapshot.${keyof IRouterSnapshot}`
  | `snapshot.self.${keyof ISelfSnapshot}`
  | 'exporter';

export interface ISample {
  /** One value for each of the metric's label names, in their order. */
  readonly labels: readonly string[];
  readonly value: number | IHistogramSnapshot;
}

/** Takes one sample of a route; `second` and `third`: the labels after the route's name. */
export type TAddSample = (value: number | IHistogramSnapshot, second?: string, third?: string) => void;

/** What a snapshot cannot know. */
export interface IReadContext {
  /** Entries of each top list; 0: none, which is the default. */
  readonly topLists: number;
  /** Series of this exposition; `null` where nobody counts them. */
  readonly series: number | null;
  /** Seconds since this exposition was begun; `null` where nobody measures. */
  readonly renderSeconds: number | null;
}

export interface IMetric {
  /** Without the prefix; counters end in `_total`, infos in `_info`. */
  readonly name: string;
  readonly type: TMetricType;
  /** Base unit, which the name then ends in (before `_total`); `null`: a plain number. */
  readonly unit: 'seconds' | 'bytes' | null;
  readonly labels: readonly string[];
  readonly help: string;
  /** Name of the same instrument in OpenTelemetry. */
  readonly otel: string;
  /** Upper bounds; histograms only. */
  readonly buckets?: readonly number[];
  readonly fedBy: readonly TFeed[];
  /** Pure. What was not measured gives no sample. */
  read(snapshot: IRouterSnapshot, context: IReadContext): Iterable<ISample>;
  /** The same, route by route, where the first label is the route's name: for pages of many routes. Pure. */
  readonly readRoute?: (route: IRouteSnapshot, add: TAddSample) => void;
}
