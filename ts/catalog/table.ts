import { BYTE_METRICS } from './bytes.js';
import { CONNECTION_METRICS } from './connections.js';
import { DNS_METRICS } from './dns.js';
import { DNS_CACHE_METRICS } from './dnscache.js';
import { EMBEDDED_METRICS } from './embedded.js';
import { HTTP_METRICS } from './http.js';
import type { IMetric } from './metric.js';
import { EXPORTER_METRICS, SELF_METRICS } from './self.js';
import { TOP_LIST_METRICS } from './toplists.js';

/** Every metric that a snapshot feeds, in the order of exposition. */
export const SNAPSHOT_METRICS: readonly IMetric[] = [
  ...CONNECTION_METRICS,
  ...BYTE_METRICS,
  ...HTTP_METRICS,
  ...EMBEDDED_METRICS,
  ...DNS_METRICS,
  ...DNS_CACHE_METRICS,
  ...TOP_LIST_METRICS,
  ...SELF_METRICS,
];

/** The whole table: drives exposition, and is compared with `readme.metrics.md` both ways by a test. */
export const METRICS: readonly IMetric[] = [...SNAPSHOT_METRICS, ...EXPORTER_METRICS];
