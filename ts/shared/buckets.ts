/**
 * Upper bounds of every histogram, in base units: what the manager counts into is what the catalogue declares and
 * `readme.metrics.md` documents.
 */

/** Seconds. An edge at 120, where connections die that a proxy's idle timeout ends. */
export const CONNECTION_DURATION_EDGES: readonly number[] = [
  0.005, 0.025, 0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 900, 3600, 21600, 86400,
];

/** Seconds: the boundaries that OpenTelemetry's HTTP conventions ask for. */
export const REQUEST_DURATION_EDGES: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** Seconds. */
export const DNS_DURATION_EDGES: readonly number[] = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];

/** Octets. 1,232 is what EDNS clients announce since DNS Flag Day 2020. */
export const DNS_REQUEST_SIZE_EDGES: readonly number[] = [32, 64, 128, 256, 512, 1232, 4096];

/** Octets. */
export const DNS_RESPONSE_SIZE_EDGES: readonly number[] = [64, 128, 256, 512, 1232, 4096, 16384, 65535];
