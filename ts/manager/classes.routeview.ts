import type { TCloseReason } from '../interfaces/events.js';
import type { IHistogramSnapshot, IRates, IRequestsSnapshot, IRouteSnapshot } from '../interfaces/snapshot.js';
import { CONNECTION_DURATION_EDGES } from '../shared/buckets.js';
import { CLOSE_REASONS } from '../shared/labels.js';
import { HistogramView } from './classes.histogramview.js';
import { RequestsView } from './classes.requestsview.js';
import type { Route } from './classes.route.js';
import { BlockCopy } from './classes.blockcopy.js';
import { BLOCK_ROUTES, CELLS, handy, PROTOCOLS, ROUTE_COLUMN } from './routecells.js';

/** What all routes of one snapshot have in common. */
export interface IRouteMoment {
  /** Monotonic, ms. */
  readonly now: number;
  /** Index of the running second since the origin. */
  readonly second: number;
  /** Complete seconds that rates are means of. */
  readonly windowSeconds: number;
}

const NOTHING = new BlockCopy(0);
const NO_TIME: IRouteMoment = { now: 0, second: 0, windowSeconds: 0 };

/**
 * A route of a snapshot, read from the copy of its block: one object that is turned to one route after the other, so that a
 * page of many routes leaves little garbage. What it gives is good until it is turned to the next one.
 */
export class RouteView implements IRouteSnapshot {
  readonly source = 'wrapped';
  readonly #requests = new RequestsView();
  readonly #duration = new HistogramView(CELLS.connectionDuration, CONNECTION_DURATION_EDGES);
  readonly #protocols = PROTOCOLS.map((protocol) => ({ protocol, count: 0 }));
  readonly #upgraded: { readonly protocol: string; readonly count: number }[] = [];
  #route: Route | null = null;
  #row = 0;
  #copy = NOTHING;
  #cells = NOTHING.cells;
  #moment = NO_TIME;

  turn(route: Route, copy: BlockCopy, moment: IRouteMoment): this {
    this.#route = route;
    this.#row = route.row;
    this.#copy = copy;
    this.#cells = copy.cells;
    this.#moment = moment;
    return this;
  }

  get name(): string {
    return this.#route?.name ?? '';
  }

  get configured(): boolean {
    return this.#cell(CELLS.configured) === 1;
  }

  get active(): number {
    return this.#cell(CELLS.live);
  }

  get total(): number {
    return this.#cell(CELLS.opened);
  }

  get closed(): number {
    return this.#cell(CELLS.closed);
  }

  get closedByReason(): Readonly<Partial<Record<TCloseReason, number>>> {
    const counts: Partial<Record<TCloseReason, number>> = {};
    for (let index = 0; index < CLOSE_REASONS.length; index++) {
      const count = this.#cell(CELLS.reasons + index * BLOCK_ROUTES);
      const reason = CLOSE_REASONS[index];
      if (count > 0 && reason !== undefined) counts[reason] = count;
    }
    return counts;
  }

  get bytesIn(): number {
    return this.#cell(CELLS.bytesIn);
  }

  get bytesOut(): number {
    return this.#cell(CELLS.bytesOut);
  }

  get sendQueueBytes(): number {
    return this.#cell(CELLS.sendQueue);
  }

  get halfOpen(): number {
    return this.#cell(CELLS.halfOpen);
  }

  get reaped(): number {
    return this.#cell(CELLS.reaped);
  }

  get massCloses(): number {
    return this.#cell(CELLS.massCloses);
  }

  get handlerErrors(): number {
    return this.#cell(CELLS.handlerErrors);
  }

  get oldestSeconds(): number | null {
    const openedAt = this.#known(CELLS.oldest);
    return openedAt === null ? null : Math.max(0, Math.floor((this.#moment.now - openedAt) / 1000));
  }

  get upgradedActive(): IRouteSnapshot['upgradedActive'] {
    const active = this.#upgraded;
    active.length = 0;
    for (let index = 0; index < this.#protocols.length; index++) {
      const upgraded = this.#protocols[index];
      const count = this.#cell(CELLS.upgraded + index * BLOCK_ROUTES);
      if (upgraded === undefined || count === 0) continue;
      upgraded.count = count;
      active.push(upgraded);
    }
    return active;
  }

  get requests(): IRequestsSnapshot | null {
    const requests = this.#route?.requests ?? null;
    if (this.#cell(CELLS.withRequests) === 0 || requests === null) return null;
    return this.#requests.turn(requests, this.#row, this.#copy);
  }

  get connectionDuration(): IHistogramSnapshot | null {
    return this.#duration.turn(this.#cells, this.#row);
  }

  get backendConnectErrors(): number | null {
    return this.#known(CELLS.backendConnectErrors);
  }

  get backendRetries(): number | null {
    return this.#known(CELLS.backendRetries);
  }

  get lastOpenedAt(): number | null {
    return this.#known(CELLS.lastOpenedAt);
  }

  get lastClosedAt(): number | null {
    return this.#known(CELLS.lastClosedAt);
  }

  get rates(): IRates {
    const { windowSeconds, second } = this.#moment;
    const mean = (column: number): number | null =>
      windowSeconds === 0 ? null : this.#copy.recent(this.#row, column, second, windowSeconds) / windowSeconds;
    return {
      windowSeconds,
      connectionsPerSecond: mean(ROUTE_COLUMN.opened),
      requestsPerSecond: this.#cell(CELLS.withRequests) === 0 ? null : mean(ROUTE_COLUMN.requests),
      bytesInPerSecond: mean(ROUTE_COLUMN.bytesIn),
      bytesOutPerSecond: mean(ROUTE_COLUMN.bytesOut),
    };
  }

  #cell(column: number): number {
    return handy(this.#cells[column + this.#row] ?? NaN);
  }

  #known(column: number): number | null {
    const value = this.#cell(column);
    return Number.isNaN(value) ? null : value;
  }
}
