import { REQUEST_DURATION_EDGES } from '../shared/buckets.js';
import type { IMetric } from './metric.js';
import { byRoute, histogramByRoute, ofRoutes } from './read.js';

/** Where the handler is an observed HTTP server. */
export const HTTP_METRICS: readonly IMetric[] = [
  {
    name: 'http_requests_total',
    type: 'counter',
    unit: null,
    labels: ['route', 'method', 'code'],
    help: 'HTTP requests ended, by method and status code.',
    otel: 'router.http.requests',
    fedBy: ['request'],
    ...ofRoutes(({ requests }, add) => {
      if (requests === null) return;
      for (const { method, code, count } of requests.byCode) add(count, method, code);
    }),
  },
  {
    name: 'http_request_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    labels: ['route'],
    help: 'Time from the start of an HTTP request to the end of its response.',
    otel: 'http.server.request.duration',
    buckets: REQUEST_DURATION_EDGES,
    fedBy: ['request'],
    ...histogramByRoute((route) => route.requests?.duration),
  },
  {
    name: 'http_requests_in_flight',
    type: 'gauge',
    unit: null,
    labels: ['route'],
    help: 'HTTP requests started and not yet ended.',
    otel: 'http.server.active_requests',
    fedBy: ['request-start', 'request'],
    ...byRoute((route) => route.requests?.inFlight),
  },
];
