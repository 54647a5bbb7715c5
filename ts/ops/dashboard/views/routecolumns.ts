import type { IRouteStats } from '../../../interfaces/stats.js';
import type { Readings } from '../classes.readings.js';
import { figure } from '../components/figure.js';
import { sparkline } from '../components/sparkline.js';
import type { IColumn } from '../components/table.js';
import { text } from '../components/text.js';
import { ageOf } from '../components/time.js';
import { bytes, count, perSecondBare as bare, rate, share, textOf } from '../format.js';
import type { TFormat } from '../format.js';
import { routeHash } from '../hash.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import * as why from '../reasons.js';

type TColumn = IColumn<IRouteStats>;

/** The columns of the table of routes; `now` by the router's clock. */
export function routeColumns(memory: Readings, now: number): TColumn[] {
  return [
    { id: 'name', label: 'Route', cell: nameOf, sortBy: ({ name }) => name },
    {
      ...{ id: 'spark', label: 'Trend', hint: 'Connections a second, as seen since this page was opened' },
      cell: ({ name }) => sparkline(memory.of(name), 'Connections a second', rate),
    },
    number('active', 'Active', count, (route) => route.active),
    number('total', 'Total', count, (route) => route.total),
    number('rates.connectionsPerSecond', 'Conn/s', bare, (route) => route.rates.connectionsPerSecond, why.NO_SECOND),
    number('rates.requestsPerSecond', 'Req/s', bare, (route) => route.rates.requestsPerSecond, why.NO_REQUEST),
    number('rates.bytesInPerSecond', 'In/s', bytes, (route) => route.rates.bytesInPerSecond, why.NO_SECOND),
    number('rates.bytesOutPerSecond', 'Out/s', bytes, (route) => route.rates.bytesOutPerSecond, why.NO_SECOND),
    number('bytesIn', 'In', bytes, (route) => route.bytesIn),
    number('bytesOut', 'Out', bytes, (route) => route.bytesOut),
    {
      ...{ id: 'lastOpenedAt', label: 'Last hit', numeric: true },
      cell: (route) => lastHit(route, now),
      sortBy: ({ lastOpenedAt }) => lastOpenedAt,
    },
    { id: 'closedByReason', label: 'Closed by', hint: 'The commonest reasons first', cell: reasonsOf },
  ];
}

function number(
  id: string,
  label: string,
  format: TFormat,
  read: (route: IRouteStats) => number | null,
  otherwise: string = why.NOT_TOLD,
): TColumn {
  const cell = (route: IRouteStats): TemplateResult => figure(id, read(route), format, why.ofRoute(route, otherwise));
  return { id, label, numeric: true, cell, sortBy: read };
}

function nameOf({ name, source, configured }: IRouteStats): TemplateResult {
  return html`<a class="name" href=${routeHash(name)}>${text(name)}</a>
    ${source === 'forwarded' ? html`<span class="badge" title=${why.FORWARDED}>forwarded</span>` : ''}
    ${configured ? '' : html`<span class="badge" title="Not in the configuration now">not configured</span>`}`;
}

/** At most two, with their shares; all of them when pointed at. */
function reasonsOf(route: IRouteStats): TemplateResult {
  const { closedByReason, closed } = route;
  if (closedByReason === null) return figure('closedByReason', null, count, why.ofRoute(route, why.NOT_TOLD));
  const reasons = Object.entries(closedByReason).sort(([, a], [, b]) => b - a);
  if (reasons.length === 0 || !closed) return html`<span class="quiet">none closed</span>`;
  const told = reasons.map(([reason, times]) => `${reason} ${textOf(share(times / closed))}`);
  return html`<span class="reasons" title=${told.join(', ')}
    >${told.slice(0, 2).join(', ')}${told.length > 2 ? ` +${told.length - 2}` : ''}</span
  >`;
}

export function lastHit(route: IRouteStats, now: number): TemplateResult {
  if (route.neverHit) return html`<span class="quiet" data-figure="neverHit" data-value="true">never hit</span>`;
  if (route.lastOpenedAt === null) return figure('lastOpenedAt', null, count, why.ofRoute(route, why.NOT_TOLD));
  return ageOf('lastOpenedAt', route.lastOpenedAt, now);
}
