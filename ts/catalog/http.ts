import { REQUEST_DURATION_EDGES } from '../shared/buckets.js';
import type { IMetric } from './metric.js';
import { byRoute, histogramByRoute } from './read.js';

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
    *read(snapshot) {
      for (const { name, requests } of snapshot.proxy?.routes ?? []) {
        for (const { method, code, count } of requests?.byCode ?? []) {
          yield { labels: [name, method, code], value: count };
        }
      }
    },
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
    read: (snapshot) => histogramByRoute(snapshot, (route) => route.requests?.duration),
  },
  {
    name: 'http_requests_in_flight',
    type: 'gauge',
    unit: null,
    labels: ['route'],
    help: 'HTTP requests started and not yet ended.',
    otel: 'http.server.active_requests',
    fedBy: ['request-start', 'request'],
    read: (snapshot) => byRoute(snapshot, (route) => route.requests?.inFlight),
  },
];
