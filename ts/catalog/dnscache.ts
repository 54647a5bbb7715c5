import type { IMetric } from './metric.js';
import { single } from './read.js';

/** Where a cache is observed; without one there is no sample. */
export const DNS_CACHE_METRICS: readonly IMetric[] = [
  {
    name: 'dns_cache_results_total',
    type: 'counter',
    unit: null,
    labels: ['result'],
    help: 'What the DNS answer cache did for each response.',
    otel: 'router.dns.cache.results',
    fedBy: ['query-answered'],
    read({ dns }) {
      const cache = dns?.cache;
      if (cache === undefined || cache === null) return [];
      return [
        { labels: ['hit'], value: cache.hits },
        { labels: ['coalesced'], value: cache.coalesced },
        { labels: ['miss'], value: cache.misses },
        { labels: ['bypass'], value: cache.bypass },
      ];
    },
  },
  {
    name: 'dns_cache_entries',
    type: 'gauge',
    unit: null,
    labels: [],
    help: 'Answers in the DNS cache.',
    otel: 'router.dns.cache.entries',
    fedBy: ['cache'],
    read: ({ dns }) => single(dns?.cache?.entries),
  },
  {
    name: 'dns_cache_bytes',
    type: 'gauge',
    unit: 'bytes',
    labels: [],
    help: 'Size of the answers in the DNS cache.',
    otel: 'router.dns.cache.size',
    fedBy: ['cache'],
    read: ({ dns }) => single(dns?.cache?.bytes),
  },
  {
    name: 'dns_cache_evictions_total',
    type: 'counter',
    unit: null,
    labels: [],
    help: 'Answers evicted from the DNS cache before they expired.',
    otel: 'router.dns.cache.evictions',
    fedBy: ['cache'],
    read: ({ dns }) => single(dns?.cache?.evictions),
  },
];
