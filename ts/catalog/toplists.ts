import type { IMetric, ISample } from './metric.js';
import { top } from './read.js';

/**
 * Opt-in, because their labels come from clients. Gauges, not counters: an entry that loses its place in the list and
 * comes back starts with the count of the one it replaces.
 */
export const TOP_LIST_METRICS: readonly IMetric[] = [
  {
    name: 'dns_top_domain_queries',
    type: 'gauge',
    unit: null,
    labels: ['domain'],
    help: 'Queries for the most asked names, with an error of at most the list maximum.',
    otel: 'router.dns.top_domain.queries',
    fedBy: ['query-received'],
    read: ({ dns }, { topLists }) => top(dns?.topDomains, topLists),
  },
  {
    name: 'dns_top_client_queries',
    type: 'gauge',
    unit: null,
    labels: ['client'],
    help: 'Queries of the most asking clients, with an error of at most the list maximum.',
    otel: 'router.dns.top_client.queries',
    fedBy: ['query-received'],
    read: ({ dns }, { topLists }) => top(dns?.topClients, topLists),
  },
  {
    name: 'top_client_connections',
    type: 'gauge',
    unit: null,
    labels: ['client'],
    help: 'Connections opened by the most connecting clients, with an error of at most the list maximum.',
    otel: 'router.top_client.connections',
    fedBy: ['connection-open'],
    read: ({ proxy }, { topLists }) => top(proxy?.topClientsByConnections, topLists),
  },
  {
    name: 'top_client_bytes',
    type: 'gauge',
    unit: 'bytes',
    labels: ['client'],
    help: 'Bytes received from and sent to the busiest clients, with an error of at most the list maximum.',
    otel: 'router.top_client.size',
    fedBy: ['traffic'],
    read: ({ proxy }, { topLists }) => top(proxy?.topClientsByBytes, topLists),
  },
  {
    name: 'top_list_max_error',
    type: 'gauge',
    unit: null,
    labels: ['list'],
    help: 'The most by which a count of a top list can be too high.',
    otel: 'router.top_list.max_error',
    fedBy: ['query-received', 'connection-open', 'traffic'],
    read({ dns, proxy }, { topLists }) {
      if (topLists === 0) return [];
      const samples: ISample[] = [];
      for (const [name, list] of [
        ['dns_top_domain_queries', dns?.topDomains],
        ['dns_top_client_queries', dns?.topClients],
        ['top_client_connections', proxy?.topClientsByConnections],
        ['top_client_bytes', proxy?.topClientsByBytes],
      ] as const) {
        if (list !== undefined && list !== null) samples.push({ labels: [name], value: list.maxError });
      }
      return samples;
    },
  },
];
