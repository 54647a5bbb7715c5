import type { IDnsSection, IProxySection, IRouterStats } from '../../../interfaces/stats.js';
import type { Readings } from '../classes.readings.js';
import type { Session } from '../classes.session.js';
import { charts } from '../components/charts.js';
import { figure } from '../components/figure.js';
import { light } from '../components/light.js';
import { panel } from '../components/panel.js';
import { sparkline } from '../components/sparkline.js';
import { tile, tiles } from '../components/tile.js';
import { bytes, bytesPerSecond, count, rate, seconds, share, textOf } from '../format.js';
import { html, nothing } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import * as why from '../reasons.js';
import type { IView, IViewContext } from '../view.js';
import { times } from './times.js';

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
      <div class="panels four">
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
          ...{ history: proxy?.history ?? null, why: proxy === null ? why.NO_PROXY : why.NO_REQUEST },
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
      </div>
      ${panel('times', 'Response times', times(proxy, dns))}
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
      dns === null || dns.totalResponses === 0
        ? nothing
        : `${textOf(share(dns.unanswered / dns.totalResponses))} of responses`,
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
