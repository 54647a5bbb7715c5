import type { IMetric } from './metric.js';
import { byRoute, single } from './read.js';

/** What an embedded host counts itself. */
export const EMBEDDED_METRICS: readonly IMetric[] = [
  {
    name: 'backend_connect_errors_total',
    type: 'counter',
    unit: null,
    labels: ['route'],
    help: 'Failed attempts to connect to a backend.',
    otel: 'router.backend.connect_errors',
    fedBy: ['readings.host.backendConnectErrors'],
    ...byRoute((route) => route.backendConnectErrors),
  },
  {
    name: 'backend_retries_total',
    type: 'counter',
    unit: null,
    labels: ['route'],
    help: 'Attempts at the next backend after one could not be connected to.',
    otel: 'router.backend.retries',
    fedBy: ['readings.host.backendRetries'],
    ...byRoute((route) => route.backendRetries),
  },
  {
    name: 'tls_handshake_errors_total',
    type: 'counter',
    unit: null,
    labels: [],
    help: 'TLS handshakes that failed before a route was reached.',
    otel: 'router.tls.handshake_errors',
    fedBy: ['readings.host.tlsHandshakeErrors'],
    read: (snapshot) => single(snapshot.proxy?.tlsHandshakeErrors),
  },
  {
    name: 'tls_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: ['domain'],
    help: 'Unix time at which the certificate served for a domain expires.',
    otel: 'router.tls.certificate.expiry',
    fedBy: ['readings.host.certificates'],
    read(snapshot) {
      // Two routes may serve one domain with different certificates: the first to expire is the one to know of.
      const earliest = new Map<string, number>();
      for (const { domain, expiresAt } of snapshot.proxy?.certificates ?? []) {
        earliest.set(domain, Math.min(earliest.get(domain) ?? Infinity, expiresAt / 1000));
      }
      return Array.from(earliest, ([domain, value]) => ({ labels: [domain], value }));
    },
  },
];
