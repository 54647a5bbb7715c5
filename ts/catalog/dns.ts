import { DNS_DURATION_EDGES, DNS_REQUEST_SIZE_EDGES, DNS_RESPONSE_SIZE_EDGES } from '../shared/buckets.js';
import type { TDnsTransport } from '../interfaces/events.js';
import type { IHistogramSnapshot } from '../interfaces/snapshot.js';
import type { IMetric, ISample } from './metric.js';
import { single } from './read.js';

type TByTransport = readonly { readonly transport: TDnsTransport; readonly histogram: IHistogramSnapshot }[];

function* histogramByTransport(list: TByTransport | undefined): Iterable<ISample> {
  for (const { transport, histogram } of list ?? []) {
    if (histogram.count > 0) yield { labels: [transport], value: histogram };
  }
}

function* byReason(
  list: readonly { readonly reason: string; readonly count: number }[] | undefined,
): Iterable<ISample> {
  for (const { reason, count } of list ?? []) yield { labels: [reason], value: count };
}

export const DNS_METRICS: readonly IMetric[] = [
  {
    name: 'dns_queries_total',
    type: 'counter',
    unit: null,
    labels: ['transport', 'qtype'],
    help: 'DNS queries received, by the type of their first question.',
    otel: 'router.dns.queries',
    fedBy: ['query-received'],
    *read({ dns }) {
      for (const { transport, type, count } of dns?.queriesByType ?? []) {
        yield { labels: [transport, type], value: count };
      }
    },
  },
  {
    name: 'dns_responses_total',
    type: 'counter',
    unit: null,
    labels: ['transport', 'rcode'],
    help: 'DNS responses sent; the code is unknown where the host does not tell it.',
    otel: 'router.dns.responses',
    fedBy: ['query-answered'],
    *read({ dns }) {
      for (const { transport, code, count } of dns?.responsesByCode ?? []) {
        yield { labels: [transport, code], value: count };
      }
    },
  },
  {
    name: 'dns_queries_unanswered_total',
    type: 'counter',
    unit: null,
    labels: [],
    help: 'DNS queries for which no handler had an answer.',
    otel: 'router.dns.queries.unanswered',
    fedBy: ['query-answered'],
    read: ({ dns }) => single(dns?.unanswered),
  },
  {
    name: 'dns_handler_calls_total',
    type: 'counter',
    unit: null,
    labels: ['handler'],
    help: 'Calls of DNS handlers, by registered pattern.',
    otel: 'router.dns.handler.calls',
    fedBy: ['readings.handlers'],
    *read({ dns }) {
      for (const { pattern, calls } of dns?.handlers ?? []) yield { labels: [pattern], value: calls };
    },
  },
  {
    name: 'dns_handler_errors_total',
    type: 'counter',
    unit: null,
    labels: ['handler'],
    help: 'DNS handlers that threw, by registered pattern.',
    otel: 'router.dns.handler.errors',
    fedBy: ['readings.handlers'],
    *read({ dns }) {
      for (const { pattern, errors } of dns?.handlers ?? []) yield { labels: [pattern], value: errors };
    },
  },
  {
    name: 'dns_query_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    labels: ['transport'],
    help: 'Time from a DNS query to its answer.',
    otel: 'router.dns.query.duration',
    buckets: DNS_DURATION_EDGES,
    fedBy: ['query-answered'],
    read: ({ dns }) => histogramByTransport(dns?.duration),
  },
  {
    name: 'dns_request_size_bytes',
    type: 'histogram',
    unit: 'bytes',
    labels: ['transport'],
    help: 'Size of DNS requests.',
    otel: 'router.dns.request.size',
    buckets: DNS_REQUEST_SIZE_EDGES,
    fedBy: ['query-received'],
    read: ({ dns }) => histogramByTransport(dns?.requestSize),
  },
  {
    name: 'dns_response_size_bytes',
    type: 'histogram',
    unit: 'bytes',
    labels: ['transport'],
    help: 'Size of DNS responses.',
    otel: 'router.dns.response.size',
    buckets: DNS_RESPONSE_SIZE_EDGES,
    fedBy: ['query-answered'],
    read: ({ dns }) => histogramByTransport(dns?.responseSize),
  },
  {
    name: 'dns_queries_in_flight',
    type: 'gauge',
    unit: null,
    labels: [],
    help: 'DNS queries received and not yet answered or dropped.',
    otel: 'router.dns.queries.in_flight',
    fedBy: ['query-received', 'query-answered', 'query-dropped'],
    read: ({ dns }) => single(dns?.inFlight),
  },
  {
    name: 'dns_dropped_total',
    type: 'counter',
    unit: null,
    labels: ['reason'],
    help: 'DNS queries that got no response, by reason.',
    otel: 'router.dns.dropped',
    fedBy: ['query-dropped'],
    read: ({ dns }) => byReason(dns?.dropped),
  },
  {
    name: 'dns_packets_rejected_total',
    type: 'counter',
    unit: null,
    labels: ['reason'],
    help: 'Packets that never became a DNS query, by reason.',
    otel: 'router.dns.packets.rejected',
    fedBy: ['packet-rejected'],
    read: ({ dns }) => byReason(dns?.rejected),
  },
];
