import type { IRouteStats } from '../../../interfaces/stats.js';
import type { Readings } from '../classes.readings.js';
import { bars } from '../components/bars.js';
import { figure } from '../components/figure.js';
import { histogram } from '../components/histogram.js';
import { note } from '../components/panel.js';
import { sparkline } from '../components/sparkline.js';
import { text } from '../components/text.js';
import { tile, tiles } from '../components/tile.js';
import { bytes, bytesPerSecond, count, rate, seconds } from '../format.js';
import type { TFormat } from '../format.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import * as why from '../reasons.js';
import { lastHit } from './routecolumns.js';

/** The figures of one route; `now` by the router's clock. */
export function routeTiles(route: IRouteStats, memory: Readings, now: number): TemplateResult {
  const { rates } = route;
  const one = (label: string, name: string, value: number | null, format: TFormat, otherwise: string = why.NOT_TOLD) =>
    tile(label, figure(name, value, format, why.ofRoute(route, otherwise)));
  const noneOpen = route.active === 0 ? 'none is open' : why.NOT_TOLD;
  return html`${tiles(
    'Traffic',
    tile(
      'Open now',
      figure('active', route.active, count, why.ofRoute(route, why.NOT_TOLD)),
      html`${figure('total', route.total, count, why.ofRoute(route, why.NOT_TOLD))} in all`,
    ),
    tile(
      'Connections',
      figure('rates.connectionsPerSecond', rates.connectionsPerSecond, rate, why.ofRoute(route, why.NO_SECOND)),
      sparkline(memory.of(route.name), 'Connections a second', rate),
    ),
    one('Requests', 'rates.requestsPerSecond', rates.requestsPerSecond, rate, why.NO_REQUEST),
    tile(
      'Bytes in',
      figure('rates.bytesInPerSecond', rates.bytesInPerSecond, bytesPerSecond, why.ofRoute(route, why.NO_SECOND)),
      html`${figure('bytesIn', route.bytesIn, bytes, why.ofRoute(route, why.NOT_TOLD))} in all`,
    ),
    tile(
      'Bytes out',
      figure('rates.bytesOutPerSecond', rates.bytesOutPerSecond, bytesPerSecond, why.ofRoute(route, why.NO_SECOND)),
      html`${figure('bytesOut', route.bytesOut, bytes, why.ofRoute(route, why.NOT_TOLD))} in all`,
    ),
    tile('Last hit', lastHit(route, now)),
    one('Oldest open', 'oldestSeconds', route.oldestSeconds, seconds, noneOpen),
  )}
  ${tiles(
    'Health',
    one('Closed', 'closed', route.closed, count),
    one('Send queue', 'sendQueueBytes', route.sendQueueBytes, bytes),
    one('Half open', 'halfOpen', route.halfOpen, count),
    one('Reaped', 'reaped', route.reaped, count),
    one('Mass closes', 'massCloses', route.massCloses, count),
    one('Handler errors', 'handlerErrors', route.handlerErrors, count),
    one('Backend errors', 'backendConnectErrors', route.backendConnectErrors, count),
    one('Backend retries', 'backendRetries', route.backendRetries, count),
  )}`;
}

/** Requests by method and status, their durations, and what was upgraded. */
export function requests(route: IRouteStats): TemplateResult {
  const { requests: seen, upgradedActive } = route;
  if (seen === null) return note(`Not measured: ${why.ofRoute(route, why.NO_REQUEST)}.`);
  const upgraded = Object.entries(upgradedActive);
  return html`
    <p class="note">
      ${figure('requests.started', seen.started, count, '')} started,
      ${figure('requests.finished', seen.finished, count, '')} finished,
      ${figure('requests.aborted', seen.aborted, count, '')} aborted,
      ${figure('requests.inFlight', seen.inFlight, count, '')} in flight
    </p>
    ${histogram('requests.duration', 'Request durations', seen.duration, 'no request has finished yet')}
    ${bars({
      ...{ label: 'Requests by method and status', name: 'requests.byCode', what: 'Status', amount: 'Requests' },
      bars: seen.byCode.map((one) => ({
        ...{ key: `${one.method} ${one.code}`, label: `${one.method} ${one.code}`, value: one.count },
      })),
      ...{ empty: 'None has finished yet.', total: seen.finished + seen.aborted },
    })}
    ${
      upgraded.length === 0
        ? ''
        : bars({
            ...{ label: 'Upgraded connections', name: 'upgradedActive', what: 'Upgraded to', amount: 'Open now' },
            ...{ bars: upgraded.map(([key, value]) => ({ key, label: text(key), value })), empty: '' },
          })
    }
  `;
}
