import { z } from './plugins.js';
import { historySchema } from './statsschema.js';

/** What the HTTP API of the ops side answers, beside the stats; the output types are those of `interfaces/ops.ts`. */

const count = (what: string) => z.int().nonnegative().describe(what);
const amount = (what: string) => z.number().nonnegative().describe(what);
const unixMs = (what: string) => z.number().nonnegative().describe(`${what}; Unix time in ms`);
const takenAt = unixMs('when the figures were taken');

export const CONNECTION_SORTS = ['age', 'bytes', 'bytesIn', 'bytesOut', 'sendQueue'] as const;

const connection = z
  .strictObject({
    connectionId: count('unique in this process'),
    hostConnectionId: z.string().describe("the host's own id").optional(),
    routeName: z.string(),
    type: z.enum(['tcp', 'tls', 'http', 'https', 'websocket']),
    clientIp: z.string().describe('address, as privacy leaves it; null: not told').nullable(),
    domain: z.string().describe('server name that the client asked for').optional(),
    port: z.int().describe('local port').nullable(),
    openedAt: unixMs('when it was opened'),
    ageSeconds: amount('seconds since then'),
    bytesIn: count('application bytes received, at the last look'),
    bytesOut: count('application bytes sent, at the last look'),
    sendQueue: count('bytes written and not yet handed to the kernel, at the last look'),
    halfOpen: z.boolean().describe('one side has ended'),
  })
  .describe('one open connection');

export const connectionsPageSchema = z
  .strictObject({
    takenAt,
    open: count('open connections that were looked at'),
    matching: count('those that the filter lets pass, on all pages'),
    sort: z.enum(CONNECTION_SORTS),
    connections: z.array(connection).readonly().describe('in descending order of sort'),
    nextCursor: z.string().describe('for the next page; null on the last one').nullable(),
  })
  .describe('one page of the open connections');

export const historyAnswerSchema = z
  .strictObject({
    takenAt,
    proxy: z.array(historySchema).readonly().describe('null: no proxy is observed').nullable(),
    dns: z.array(historySchema).readonly().describe('null: no DNS server is observed').nullable(),
  })
  .describe('amounts in each of the last 60 seconds and of the last 60 minutes');

export const topAnswerSchema = z
  .strictObject({
    takenAt,
    list: z.enum(['domains', 'clients', 'routes']),
    by: z.string().describe('what the list is ordered by'),
    unit: z.enum(['queries', 'connections', 'requests', 'bytes', 'milliseconds']),
    entries: z
      .array(
        z.strictObject({
          key: z.string().describe('domain, address or route'),
          count: amount('never below the truth, above it by at most maxError'),
          maxError: amount('largest possible excess of count'),
        }),
      )
      .readonly()
      .describe('descending; null: not measured')
      .nullable(),
    maxError: amount('the largest error an entry of the whole list can have; null with the entries').nullable(),
  })
  .describe('the largest of a list');

export const systemAnswerSchema = z
  .strictObject({
    takenAt,
    eventLoop: z
      .strictObject({
        lagMeanSeconds: amount('mean'),
        lagP99Seconds: amount('99th percentile'),
        lagMaxSeconds: amount('largest'),
      })
      .describe('seconds that the event loop was late, of the last complete 10 s; null: not measured')
      .nullable(),
    exposition: z
      .strictObject({
        series: count('samples on the page'),
        renderSeconds: amount('time it took'),
        renderedAt: unixMs('when it was finished'),
      })
      .describe('the last page of metrics; null: none yet, or the exporter does not tell')
      .nullable(),
    streams: z
      .strictObject({
        readers: count('readers of /api/events'),
        readersDropped: count('readers that took too little for too long'),
        eventsSent: count('events sent, to each reader'),
        eventsLeftOut: count('events left out of floods, for each reader'),
      })
      .describe('null: no event source is served')
      .nullable(),
  })
  .describe('routemeter itself and its process');

export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('what is wrong'),
    parameter: z.string().describe('of a 400: the parameter').optional(),
    rule: z.string().describe('what it must be').optional(),
    value: z.string().describe('what it was').optional(),
  })
  .describe('an error (RFC 9457)');

export const statusSchema = z.strictObject({ status: z.enum(['live', 'ready']) }).describe('a probe');
