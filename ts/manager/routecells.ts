import { CONNECTION_DURATION_EDGES, REQUEST_DURATION_EDGES } from '../shared/buckets.js';
import { CLOSE_REASONS } from '../shared/labels.js';
import type { TProtocolLabel } from '../shared/labels.js';
import { RATE_SECONDS } from './classes.ratewindow.js';

/** Routes that share a block of memory. */
export const BLOCK_ROUTES = 64;

/** Columns of a route's rates. */
export const ROUTE_COLUMN = { opened: 0, requests: 1, bytesIn: 2, bytesOut: 3 } as const;
const RATE_COLUMNS = Object.keys(ROUTE_COLUMN).length;
/** Slots of the ring of rates: the complete seconds, and the one that is running. */
export const RATE_SLOTS = RATE_SECONDS + 1;
/** Cells of one slot. */
export const SLOT_CELLS = RATE_COLUMNS * BLOCK_ROUTES;

/** Protocols in the order of their columns. */
export const PROTOCOLS: readonly TProtocolLabel[] = ['websocket', 'h2c', 'other'];

let cells = 0;
const take = (columns = 1): number => {
  const first = cells;
  cells += columns * BLOCK_ROUTES;
  return first;
};

/**
 * Where the columns of a block begin: one cell for each of its routes, one column after the other, since a page of metrics
 * is read column by column. `NaN` in those that may have no value.
 */
export const CELLS = {
  opened: take(),
  closed: take(),
  bytesIn: take(),
  bytesOut: take(),
  reaped: take(),
  massCloses: take(),
  handlerErrors: take(),
  live: take(),
  sendQueue: take(),
  halfOpen: take(),
  /** 0 or 1. */
  configured: take(),
  /** When the oldest connection was opened: monotonic, ms; `NaN`: none is open. */
  oldest: take(),
  /** Unix time in ms; `NaN`: never. */
  lastOpenedAt: take(),
  lastClosedAt: take(),
  /** `NaN`: no host counts it. */
  backendConnectErrors: take(),
  backendRetries: take(),
  /** 0 or 1: whether there was any request. */
  withRequests: take(),
  started: take(),
  finished: take(),
  aborted: take(),
  inFlight: take(),
  /** How many pairs of method and code were met. */
  codes: take(),
  /** Always 0. */
  nothing: take(),
  upgraded: take(PROTOCOLS.length),
  reasons: take(CLOSE_REASONS.length),
  /** Histograms: a column for each bucket, then that of the sums. */
  connectionDuration: take(CONNECTION_DURATION_EDGES.length + 2),
  requestDuration: take(REQUEST_DURATION_EDGES.length + 2),
  /** The ring of rates: slot by slot. */
  rates: take(RATE_COLUMNS * RATE_SLOTS),
} as const;

export const BLOCK_CELLS = cells;

/** Where the slot of a second begins, which is counted from the origin on. */
export const slotOf = (second: number): number => CELLS.rates + (second % RATE_SLOTS) * SLOT_CELLS;

/** A number as a small integer where it is one: V8 makes an object of each other number that is handed on. */
export function handy(value: number): number {
  const whole = value | 0;
  return whole === value ? whole : value;
}

/** Cells that have no value in a new route. */
export const WITHOUT_VALUE: readonly number[] = [
  CELLS.oldest,
  CELLS.lastOpenedAt,
  CELLS.lastClosedAt,
  CELLS.backendConnectErrors,
  CELLS.backendRetries,
];

/** What of a route that is going is added to another one. */
export const ADDED_UP: readonly number[] = [
  CELLS.opened,
  CELLS.closed,
  CELLS.bytesIn,
  CELLS.bytesOut,
  CELLS.reaped,
  CELLS.massCloses,
  CELLS.handlerErrors,
  CELLS.started,
  CELLS.finished,
  CELLS.aborted,
  // And both histograms, which come after them.
  ...columnsFrom(CELLS.reasons, CELLS.rates),
];

function columnsFrom(first: number, end: number): number[] {
  return Array.from({ length: (end - first) / BLOCK_ROUTES }, (_unused, column) => first + column * BLOCK_ROUTES);
}
