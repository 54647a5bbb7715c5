import type { IDnsSection, IDurationStats, IProxySection, IRouterStats } from '../../../interfaces/stats.js';
import type { Readings } from '../classes.readings.js';
import type { Session } from '../classes.session.js';
import { charts } from '../components/charts.js';
import { figure } from '../components/figure.js';
import { light } from '../components/light.js';
import { panel } from '../components/panel.js';
import { sparkline } from '../components/sparkline.js';
import { table } from '../components/table.js';
import type { IColumn } from '../components/table.js';
import { text } from '../components/text.js';
import { tile, tiles } from '../components/tile.js';
import { bytes, bytesPerSecond, count, rate, seconds, share, textOf } from '../format.js';
import { hashOf, routeHash } from '../hash.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import * as why from '../reasons.js';
import { sorted } from '../sorting.js';
import type { IView, IViewContext } from '../view.js';

const SLOWEST = 5;
const QUANTILES = ['p50', 'p90', 'p99'] as const;

/** What one looks at first: is it on, is it busy, is it slow, do the books agree. */
export class OverviewView implements IView {
  readonly #session: Session;

  constructor({ session }: IViewContext) {
    this.#session = session;
  }

  render({ proxy, dns, self }: IRouterStats): TemplateResult {
    return html`
      ${tiles('Proxy', identities(self.invariants), ...proxyTiles(proxy, this.#session.open))}
      ${tiles('DNS', ...dnsTiles(dns))}
      <div class="panels">
        ${charts({
          ...{ id: 'connections', heading: 'Connections a second', format: rate },
          ...{ history: proxy?.history ?? null, why: why.NO_PROXY },
          lines: [
            { column: 'opened', label: 'opened' },
            { column: 'closed', label: 'closed' },
          ],
        })}
        ${charts({
          ...{ id: 'requests', heading: 'Requests a second', format: rate },
          ...{ history: proxy?.history ?? null, why: why.NO_PROXY },
          lines: [{ column: 'requests', label: 'requests' }],
        })}
        ${charts({
          ...{ id: 'bytes', heading: 'Bytes a second', format: bytesPerSecond },
          ...{ history: proxy?.history ?? null, why: why.NO_PROXY },
          lines: [
            { column: 'bytesIn', label: 'in' },
            { column: 'bytesOut', label: 'out' },
          ],
        })}
        ${charts({
          ...{ id: 'queries', heading: 'DNS queries a second', format: rate },
          ...{ history: dns?.history ?? null, why: why.NO_DNS },
          lines: [{ column: 'queries', label: 'queries' }],
        })}
        ${panel('times', 'Response times', times(proxy, dns), true)}
      </div>
    `;
  }
}

const identities = (invariants: IRouterStats['self']['invariants']): TemplateResult =>
  html`<div class="tile double">
    <dt>Identities</dt>
    <dd class="main">${light(invariants)}</dd>
  </div>`;

function proxyTiles(proxy: IProxySection | null, open: Readings): TemplateResult[] {
  const missing = proxy === null ? why.NO_PROXY : why.NO_SECOND;
  const rates = proxy?.rates;
  return [
    tile(
      'Open connections',
      figure('proxy.activeConnections', proxy?.activeConnections, count, why.NO_PROXY),
      proxy &&
        html`${figure('proxy.totalConnections', proxy.totalConnections, count, '')} in all
        ${sparkline(open.of('all'), 'Open connections', count)}`,
    ),
    tile(
      'Connections',
      figure('proxy.rates.connectionsPerSecond', rates?.connectionsPerSecond, rate, missing),
      proxy && mean(proxy),
    ),
    tile(
      'Requests',
      figure(
        'proxy.rates.requestsPerSecond',
        rates?.requestsPerSecond,
        rate,
        proxy === null ? why.NO_PROXY : why.NO_REQUEST,
      ),
      proxy && mean(proxy),
    ),
    tile(
      'Bytes in',
      figure('proxy.rates.bytesInPerSecond', rates?.bytesInPerSecond, bytesPerSecond, missing),
      proxy && html`${figure('proxy.bytesIn', proxy.bytesIn, bytes, '')} in all`,
    ),
    tile(
      'Bytes out',
      figure('proxy.rates.bytesOutPerSecond', rates?.bytesOutPerSecond, bytesPerSecond, missing),
      proxy && html`${figure('proxy.bytesOut', proxy.bytesOut, bytes, '')} in all`,
    ),
  ];
}

const mean = ({ rates: { windowSeconds } }: IProxySection): string => `mean of ${windowSeconds} s`;

function dnsTiles(dns: IDnsSection | null): TemplateResult[] {
  const missing = dns === null ? why.NO_DNS : why.NO_SECOND;
  const cache = dns?.cache ?? null;
  const noRate = dns === null ? why.NO_DNS : cache === null ? why.NO_CACHE : why.NO_LOOKUP;
  return [
    tile(
      'DNS queries',
      figure('dns.queriesPerSecond', dns?.queriesPerSecond, rate, missing),
      dns && html`${figure('dns.totalQueries', dns.totalQueries, count, '')} in all`,
    ),
    tile(
      'Cache hit rate',
      figure('dns.cache.hitRate', cache?.hitRate, share, noRate),
      cache && html`${figure('dns.cache.hits', cache.hits, count, '')} hits`,
    ),
    tile(
      'Answered',
      figure('dns.answered', dns === null ? null : dns.totalResponses - dns.unanswered, count, why.NO_DNS),
      dns && html`${figure('dns.inFlight', dns.inFlight, count, '')} in flight`,
    ),
    tile(
      'Unanswered',
      figure('dns.unanswered', dns?.unanswered, count, why.NO_DNS),
      dns && dns.totalResponses > 0 && `${textOf(share(dns.unanswered / dns.totalResponses))} of responses`,
    ),
    ...QUANTILES.map((name) =>
      tile(
        `DNS time ${name}`,
        figure(
          `dns.duration.${name}`,
          dns?.duration?.[name],
          seconds,
          dns === null ? why.NO_DNS : why.NO_RESPONSE_TIME,
        ),
      ),
    ),
  ];
}

interface ITimes {
  readonly key: string;
  readonly name: TemplateResult;
  readonly what: string;
  readonly duration: IDurationStats | null;
  readonly why: string;
}

const COLUMNS: readonly IColumn<ITimes>[] = [
  { id: 'name', label: 'Of', cell: ({ name }) => name },
  { id: 'what', label: 'What', cell: ({ what }) => what },
  { id: 'p50', label: 'p50', numeric: true, cell: (row) => timeOf(row, 'p50') },
  { id: 'p90', label: 'p90', numeric: true, cell: (row) => timeOf(row, 'p90') },
  { id: 'p99', label: 'p99', numeric: true, cell: (row) => timeOf(row, 'p99') },
  { id: 'mean', label: 'Mean', numeric: true, cell: (row) => timeOf(row, 'mean') },
  {
    ...{ id: 'count', label: 'Count', numeric: true },
    cell: (row) => figure('count', row.duration?.count, count, row.why),
  },
];

const timeOf = (row: ITimes, name: 'p50' | 'p90' | 'p99' | 'mean'): TemplateResult =>
  figure(name, row.duration?.[name], seconds, row.why);

/** DNS, and the routes whose HTTP requests take longest. */
function times(proxy: IProxySection | null, dns: IDnsSection | null): TemplateResult {
  const routes = (proxy?.routes ?? []).filter((route) => route.requests?.duration);
  const slowest = sorted(routes, (route) => route.requests?.duration?.p99 ?? null, 'descending').slice(0, SLOWEST);
  const rows: ITimes[] = [
    {
      ...{ key: 'dns', duration: dns?.duration ?? null, why: dns === null ? why.NO_DNS : why.NO_RESPONSE_TIME },
      ...{ name: html`<a href=${hashOf('dns')}>DNS</a>`, what: 'answers' },
    },
    ...slowest.map((route) => ({
      ...{ key: `route ${route.name}`, duration: route.requests?.duration ?? null, why: why.NO_REQUEST },
      ...{ name: html`<a href=${routeHash(route.name)}>${text(route.name)}</a>`, what: 'HTTP requests' },
    })),
  ];
  return html`${table<ITimes>({
    ...{ label: 'Response times', name: 'times', columns: COLUMNS, rows },
    ...{ keyOf: ({ key }) => key, empty: 'Nothing measured yet.' },
  })}
  ${routes.length > SLOWEST ? html`<p class="note">The ${SLOWEST} slowest of ${routes.length} routes by p99.</p>` : ''}`;
}
