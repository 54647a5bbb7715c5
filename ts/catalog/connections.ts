import { CONNECTION_DURATION_EDGES } from '../shared/buckets.js';
import { CLOSE_REASONS } from '../shared/labels.js';
import type { IMetric } from './metric.js';
import { byRoute, histogramByRoute, ofRoutes, single } from './read.js';

export const CONNECTION_METRICS: readonly IMetric[] = [
  {
    name: 'connections_active',
    type: 'gauge',
    unit: null,
    labels: ['route', 'source'],
    help: 'Open connections.',
    otel: 'router.connections.active',
    fedBy: ['connection-open', 'connection-close', 'readings.routes', 'readings.forwarded'],
    ...ofRoutes(({ source, active }, add) => {
      if (active !== null) add(active, source);
    }),
  },
  {
    name: 'connections_pending',
    type: 'gauge',
    unit: null,
    labels: [],
    help: 'Connections accepted by an embedded host and not yet handed to a route.',
    otel: 'router.connections.pending',
    fedBy: ['readings.pending'],
    read: (snapshot) => single(snapshot.proxy?.pending),
  },
  {
    name: 'connections_opened_total',
    type: 'counter',
    unit: null,
    labels: ['route'],
    help: 'Connections opened.',
    otel: 'router.connections.opened',
    fedBy: ['connection-open', 'readings.forwarded'],
    ...byRoute((route) => route.total),
  },
  {
    name: 'connections_closed_total',
    type: 'counter',
    unit: null,
    labels: ['route', 'reason'],
    help: 'Connections closed, by reason.',
    otel: 'router.connections.closed',
    fedBy: ['connection-close'],
    ...ofRoutes(({ closedByReason }, add) => {
      if (closedByReason === null) return;
      for (const reason of CLOSE_REASONS) {
        const value = closedByReason[reason];
        if (value !== undefined) add(value, reason);
      }
    }),
  },
  {
    name: 'connection_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    labels: ['route'],
    help: 'Lifetime of closed connections.',
    otel: 'router.connection.duration',
    buckets: CONNECTION_DURATION_EDGES,
    fedBy: ['connection-close'],
    ...histogramByRoute((route) => route.connectionDuration),
  },
  {
    name: 'connections_upgraded_active',
    type: 'gauge',
    unit: null,
    labels: ['route', 'protocol'],
    help: 'Open connections that were upgraded from HTTP, by protocol.',
    otel: 'router.connections.upgraded.active',
    fedBy: ['connection-upgrade', 'connection-close'],
    ...ofRoutes(({ upgradedActive }, add) => {
      for (const { protocol, count } of upgradedActive) add(count, protocol);
    }),
  },
  {
    name: 'connections_half_open',
    type: 'gauge',
    unit: null,
    labels: ['route'],
    help: 'Open connections of which one side has ended and the other has not.',
    otel: 'router.connections.half_open',
    fedBy: ['traffic'],
    ...byRoute((route) => route.halfOpen),
  },
  {
    name: 'connections_reaped_total',
    type: 'counter',
    unit: null,
    labels: ['route'],
    help: 'Connections found destroyed by the sweep, which ended without telling their listeners.',
    otel: 'router.connections.reaped',
    fedBy: ['connection-close'],
    ...byRoute((route) => route.reaped),
  },
  {
    name: 'connections_oldest_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: ['route'],
    help: 'Age of the oldest open connection, in complete seconds.',
    otel: 'router.connections.oldest',
    fedBy: ['connection-open', 'connection-close'],
    ...byRoute((route) => route.oldestSeconds),
  },
  {
    name: 'connections_mass_closes_total',
    type: 'counter',
    unit: null,
    labels: ['route'],
    help: 'Seconds in which at least 10 and at least half of the open connections ended.',
    otel: 'router.connections.mass_closes',
    fedBy: ['connection-close'],
    ...byRoute((route) => route.massCloses),
  },
  {
    name: 'handler_errors_total',
    type: 'counter',
    unit: null,
    labels: ['route'],
    help: 'Socket handlers that threw or rejected.',
    otel: 'router.handler.errors',
    fedBy: ['handler-error'],
    ...byRoute((route) => route.handlerErrors),
  },
];
