import type { z } from './plugins.js';
import {
  connectionsPageSchema,
  historyAnswerSchema,
  statusSchema,
  systemAnswerSchema,
  topAnswerSchema,
} from './opsanswers.js';
import { connectionsQuery, eventsQuery, noQuery, statsQuery, topQuery } from './opsquery.js';
import { routeStatsSchema, statsSchema } from './statsschema.js';

/** One path of the ops side. */
export interface IOpsPath {
  /** Parameters in braces. */
  readonly path: string;
  readonly summary: string;
  /** Served without a token. */
  readonly open: boolean;
  readonly query: z.ZodObject;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Name and schema of a JSON answer, or the type of another one. */
  readonly answer: { readonly name: string; readonly schema: z.ZodType } | { readonly contentType: string };
  /** Besides 200 and what any path can answer. */
  readonly statuses: readonly number[];
}

const NONE = { open: false, query: noQuery, pathParameters: {}, statuses: [] } as const;
const PAGE = [304, 400, 503] as const;

export const OPS_PATHS: readonly IOpsPath[] = [
  {
    ...NONE,
    path: '/metrics',
    summary: 'Prometheus exposition',
    answer: { contentType: 'text/plain' },
    statuses: [503],
  },
  {
    ...NONE,
    path: '/healthz',
    open: true,
    summary: 'Whether the process answers',
    answer: { name: 'Status', schema: statusSchema },
  },
  {
    ...NONE,
    path: '/readyz',
    open: true,
    summary: 'Whether a snapshot can be taken',
    answer: { name: 'Status', schema: statusSchema },
    statuses: [503],
  },
  {
    ...NONE,
    path: '/api/stats',
    summary: 'All figures; with fields only these',
    query: statsQuery,
    answer: { name: 'Stats', schema: statsSchema },
    statuses: PAGE,
  },
  {
    ...NONE,
    path: '/api/stats/routes/{name}',
    summary: 'The figures of one route',
    pathParameters: { name: 'name of the route' },
    answer: { name: 'RouteStats', schema: routeStatsSchema },
    statuses: [...PAGE, 404],
  },
  {
    ...NONE,
    path: '/api/connections',
    summary: 'Open connections',
    query: connectionsQuery,
    answer: { name: 'ConnectionsPage', schema: connectionsPageSchema },
    statuses: [400, 404, 503],
  },
  {
    ...NONE,
    path: '/api/events',
    summary: 'Events as they happen, as Server-Sent Events',
    query: eventsQuery,
    headers: { 'Last-Event-ID': 'id of the last event that was received: what came since is sent first' },
    answer: { contentType: 'text/event-stream' },
    statuses: [400, 404, 503],
  },
  {
    ...NONE,
    path: '/api/history',
    summary: 'The last 60 seconds and the last 60 minutes',
    answer: { name: 'History', schema: historyAnswerSchema },
    statuses: PAGE,
  },
  {
    ...NONE,
    path: '/api/top/{list}',
    summary: 'The largest of a list',
    query: topQuery,
    pathParameters: { list: 'domains, clients or routes' },
    answer: { name: 'Top', schema: topAnswerSchema },
    statuses: [...PAGE, 404],
  },
  {
    ...NONE,
    path: '/api/system',
    summary: 'routemeter itself and its process',
    answer: { name: 'System', schema: systemAnswerSchema },
    statuses: [400],
  },
  {
    ...NONE,
    path: '/api/openapi.json',
    summary: 'This document',
    answer: { contentType: 'application/json' },
    statuses: [304, 400],
  },
];
