import type { IMetric } from './metric.js';
import { single } from './read.js';

/** The observer, observed. */
export const SELF_METRICS: readonly IMetric[] = [
  {
    name: 'build_info',
    type: 'info',
    unit: null,
    labels: ['version'],
    help: 'Version of routemeter.',
    otel: 'router.build',
    fedBy: ['snapshot.version'],
    read: (snapshot) => [{ labels: [snapshot.version], value: 1 }],
  },
  {
    name: 'uptime_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    help: 'Time since the manager was constructed, from which all totals count.',
    otel: 'router.uptime',
    fedBy: ['snapshot.uptimeSeconds'],
    read: (snapshot) => single(snapshot.uptimeSeconds),
  },
  {
    name: 'overflow_total',
    type: 'counter',
    unit: null,
    labels: ['limit'],
    help: 'What was counted under a common name because a limit was reached.',
    otel: 'router.overflow',
    fedBy: ['snapshot.self.overflow'],
    *read({ self }) {
      for (const { limit, count } of self.overflow) yield { labels: [limit], value: count };
    },
  },
  {
    name: 'events_total',
    type: 'counter',
    unit: null,
    labels: ['event'],
    help: 'Events that reached the manager.',
    otel: 'router.events',
    fedBy: ['snapshot.self.events'],
    *read({ self }) {
      for (const { event, count } of self.events) yield { labels: [event], value: count };
    },
  },
  {
    name: 'listener_errors_total',
    type: 'counter',
    unit: null,
    labels: [],
    help: 'Listeners of events that threw or rejected.',
    otel: 'router.listener.errors',
    fedBy: ['readings.listenerErrors'],
    read: ({ self }) => single(self.listenerErrors),
  },
  {
    name: 'sample_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    help: 'Age of the byte counts of open connections.',
    otel: 'router.sample.age',
    fedBy: ['readings.sampledAt'],
    read: ({ self }) => single(self.sampleAgeSeconds),
  },
  {
    name: 'invariant_violations_total',
    type: 'counter',
    unit: null,
    labels: ['invariant'],
    help: 'Reads at which two independent books did not agree.',
    otel: 'router.invariant.violations',
    fedBy: ['snapshot.self.invariants'],
    *read({ self }) {
      for (const { name, violations } of self.invariants) yield { labels: [name], value: violations };
    },
  },
  {
    name: 'forwarded_stale_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    help: 'Time since the figures that the host tells of its own forwarded routes last changed.',
    otel: 'router.forwarded.stale',
    fedBy: ['readings.forwarded'],
    read: ({ proxy }) => single(proxy?.forwardedStaleSeconds),
  },
];

/** Known only when all the rest is rendered: they come last, one sample each. */
export const EXPORTER_METRICS: readonly IMetric[] = [
  {
    name: 'series',
    type: 'gauge',
    unit: null,
    labels: [],
    help: 'Series in this exposition.',
    otel: 'router.series',
    fedBy: ['exporter'],
    read: (_snapshot, { series }) => single(series),
  },
  {
    name: 'render_duration_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    help: 'Time it took to render this exposition, pauses for other work included.',
    otel: 'router.render.duration',
    fedBy: ['exporter'],
    read: (_snapshot, { renderSeconds }) => single(renderSeconds),
  },
];
