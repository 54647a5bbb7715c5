import { z } from './plugins.js';
import { CONNECTION_SORTS } from './opsanswers.js';

/*
 * The query parameters of the HTTP API. Descriptions are rules: an error repeats them after "must be".
 */

/** A list in one parameter, separated by commas. */
const list = <T extends z.ZodType<string, string>>(item: T, max: number, rule: string) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(item).max(max))
    .optional()
    .describe(rule);
const text = (max: number, rule: string) => z.string().max(max).optional().describe(rule);
const least = (rule: string) => z.coerce.number().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe(rule);
const limit = (fallback: number) =>
  z.coerce.number().int().min(1).max(1000).default(fallback).describe('a whole number from 1 to 1000');

const EVENT_NAMES = [
  'connection-open',
  'connection-upgrade',
  'request-start',
  'request',
  'traffic',
  'connection-close',
  'handler-error',
  'query-received',
  'query-answered',
  'query-dropped',
  'packet-rejected',
  'cache',
] as const;

export const noQuery = z.strictObject({});

export const statsQuery = z.strictObject({
  fields: list(z.string().max(200), 50, 'at most 50 fields of the stats as dotted paths, with commas'),
});

export const connectionsQuery = z.strictObject({
  route: text(1000, 'the name of a route'),
  client: text(64, 'an address or a prefix such as 192.0.2.0/24'),
  minAgeSeconds: least('a number of seconds, 0 or more'),
  minBytes: least('a number of bytes, in and out together, 0 or more'),
  sort: z
    .enum(CONNECTION_SORTS)
    .default('age')
    .describe(`one of ${CONNECTION_SORTS.join(', ')}`),
  limit: limit(100),
  cursor: text(100, 'the nextCursor of a page with the same sort'),
});

export const eventsQuery = z.strictObject({
  event: list(z.enum(EVENT_NAMES), EVENT_NAMES.length, `some of ${EVENT_NAMES.join(', ')}, with commas`),
  route: text(1000, 'the name of a route'),
});

export const topQuery = z.strictObject({
  by: text(40, 'what the list can be ordered by'),
  limit: limit(10),
});

export type TStatsQuery = z.output<typeof statsQuery>;
export type TConnectionsQuery = z.output<typeof connectionsQuery>;
export type TEventsQuery = z.output<typeof eventsQuery>;
export type TTopQuery = z.output<typeof topQuery>;
