import type { IMetric } from './metric.js';
import { byRoute } from './read.js';

/** Application bytes: plaintext under TLS, without TCP and IP headers. */
export const BYTE_METRICS: readonly IMetric[] = [
  {
    name: 'received_bytes_total',
    type: 'counter',
    unit: 'bytes',
    labels: ['route'],
    help: 'Application bytes received from clients.',
    otel: 'router.received',
    fedBy: ['traffic'],
    ...byRoute((route) => route.bytesIn),
  },
  {
    name: 'sent_bytes_total',
    type: 'counter',
    unit: 'bytes',
    labels: ['route'],
    help: 'Application bytes sent to clients.',
    otel: 'router.sent',
    fedBy: ['traffic'],
    ...byRoute((route) => route.bytesOut),
  },
  {
    name: 'send_queue_bytes',
    type: 'gauge',
    unit: 'bytes',
    labels: ['route'],
    help: 'Bytes written by handlers and not yet handed to the kernel.',
    otel: 'router.send_queue',
    fedBy: ['traffic'],
    ...byRoute((route) => route.sendQueueBytes),
  },
];
