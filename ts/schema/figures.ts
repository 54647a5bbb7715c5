import { fieldsOf } from './fields.js';
import { z } from './plugins.js';

/*
 * What a reader of `/api/stats` on another machine shows. Not strict, unlike `statsSchema`: the other side may be a
 * newer routemeter, which tells more.
 */

const figure = z.number().nullable();
const counts = z.record(z.string(), z.number());

const rates = z.object({
  connectionsPerSecond: figure,
  requestsPerSecond: figure,
  bytesInPerSecond: figure,
  bytesOutPerSecond: figure,
});

const route = z.object({ name: z.string(), active: figure, total: figure, rates });

const domains = z.array(z.object({ domain: z.string(), count: z.number(), maxError: z.number() }));

const proxy = z.object({
  activeConnections: z.number(),
  totalConnections: z.number(),
  rates,
  routes: z.array(route),
  forwardedStaleSeconds: figure,
});

const dns = z.object({
  totalQueries: z.number(),
  totalResponses: z.number(),
  unanswered: z.number(),
  inFlight: z.number(),
  queriesPerSecond: figure,
  queryTypes: counts,
  responseCodes: counts.nullable(),
  cache: z.object({ hitRate: figure }).nullable(),
  duration: z.object({ p50: z.number(), p99: z.number() }).nullable(),
  topDomains: domains,
  topDomainsByUnanswered: domains,
  topDomainsByTime: domains.nullable(),
});

const invariant = z.object({ name: z.string(), ok: z.boolean(), violations: z.number() });

export const figuresSchema = z.object({
  schemaVersion: z.literal(1),
  instance: z.string(),
  version: z.string(),
  uptimeSeconds: z.number(),
  proxy: proxy.nullable(),
  dns: dns.nullable(),
  self: z.object({ sampleAgeSeconds: figure, invariants: z.array(invariant) }),
});

/** What to ask for: the rest of the stats is the larger part. */
export const FIGURE_FIELDS: readonly string[] = fieldsOf(figuresSchema);

export type TFigures = z.output<typeof figuresSchema>;
export type TRouteFigures = z.output<typeof route>;
export type TDomainFigures = z.output<typeof domains>[number];
export type TDnsFigures = z.output<typeof dns>;
