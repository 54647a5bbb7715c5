import type { IDnsSection, IRouterStats, ITopDomain } from '../../../interfaces/stats.js';
import { bars } from '../components/bars.js';
import { figure } from '../components/figure.js';
import { histogram } from '../components/histogram.js';
import { note, panel } from '../components/panel.js';
import { table } from '../components/table.js';
import { text } from '../components/text.js';
import { tile, tiles } from '../components/tile.js';
import { bytes, count, milliseconds, rate, share } from '../format.js';
import type { TFormat } from '../format.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import * as why from '../reasons.js';
import type { IView } from '../view.js';

/** Which names are asked, by whom, and what became of it. */
export class DnsView implements IView {
  render({ dns }: IRouterStats): TemplateResult {
    if (dns === null) return note(`Not measured: ${why.NO_DNS}.`);
    return html`
      ${dnsTiles(dns)}
      <div class="panels">
        ${panel('domains', 'Top domains', domains('topDomains', dns.topDomains, 'Queries', count))}
        ${panel('slowest', 'Slowest names', slowest(dns))}
        ${panel(
          'unanswered',
          'Unanswered',
          domains('topDomainsByUnanswered', dns.topDomainsByUnanswered, 'Queries', count),
        )}
        ${panel('clients', 'Top clients', clients(dns))}
        ${panel('types', 'Query types', counts('queryTypes', 'Type', dns.queryTypes, dns.totalQueries))}
        ${panel('codes', 'Response codes', codes(dns))}
        ${Object.entries(dns.topDomainsByCode).map(([code, list]) =>
          panel(`code-${code}`, `Top domains by ${code}`, domains(`topDomainsByCode.${code}`, list, 'Answers', count)),
        )}
        ${panel('times', 'Response times', histogram('dns.duration', 'Response times', dns.duration, why.NO_RESPONSE_TIME))}
        ${panel(
          'lost',
          'Transports, and what was lost',
          html`${counts('transports', 'Transport', dns.transports, dns.totalQueries)} ${lost(dns)}`,
        )}
      </div>
      ${panel('handlers', 'Handlers', handlers(dns))}
    `;
  }
}

function dnsTiles(dns: IDnsSection): TemplateResult {
  const { cache } = dns;
  const ofCache = (label: string, name: 'hits' | 'coalesced' | 'misses' | 'bypass' | 'entries' | 'evictions') =>
    tile(label, figure(`dns.cache.${name}`, cache?.[name], count, cache === null ? why.NO_CACHE : why.NOT_TOLD));
  return html`${tiles(
    'Queries',
    tile(
      'Queries',
      figure('dns.queriesPerSecond', dns.queriesPerSecond, rate, why.NO_SECOND),
      `mean of ${dns.windowSeconds} s`,
    ),
    tile('Queries in all', figure('dns.totalQueries', dns.totalQueries, count, '')),
    tile('Responses', figure('dns.totalResponses', dns.totalResponses, count, '')),
    tile('Answered', figure('dns.answered', dns.totalResponses - dns.unanswered, count, '')),
    tile('Unanswered', figure('dns.unanswered', dns.unanswered, count, ''), 'by any handler'),
    tile('In flight', figure('dns.inFlight', dns.inFlight, count, '')),
    tile('Unwrapped handlers', figure('dns.unwrappedHandlers', dns.unwrappedHandlers, count, why.NOT_ATTACHED)),
  )}
  ${tiles(
    'Cache',
    tile(
      'Cache hit rate',
      figure('dns.cache.hitRate', cache?.hitRate, share, cache === null ? why.NO_CACHE : why.NO_LOOKUP),
    ),
    ...[ofCache('Hits', 'hits'), ofCache('Coalesced', 'coalesced'), ofCache('Misses', 'misses')],
    ...[ofCache('Bypassed', 'bypass'), ofCache('Entries', 'entries')],
    tile('Cache size', figure('dns.cache.bytes', cache?.bytes, bytes, cache === null ? why.NO_CACHE : why.NOT_TOLD)),
    ofCache('Evictions', 'evictions'),
  )}`;
}

function counts(name: string, what: string, values: Readonly<Record<string, number>>, total: number): TemplateResult {
  const entries = Object.entries(values).sort(([, a], [, b]) => b - a);
  return bars({
    ...{ label: what, name, what, amount: 'Count', empty: 'None yet.', total },
    bars: entries.map(([key, value]) => ({ key, label: key, value })),
  });
}

function codes({ responseCodes, totalResponses }: IDnsSection): TemplateResult {
  if (responseCodes === null) return note('Not measured: the host does not tell response codes.');
  return counts('responseCodes', 'Code', responseCodes, totalResponses);
}

function domains(name: string, list: readonly ITopDomain[], amount: string, format: TFormat): TemplateResult {
  return bars({
    ...{ label: name, name, what: 'Domain', amount, format, empty: 'None yet.' },
    bars: list.map(({ domain, count: value, maxError }) => ({ key: domain, label: text(domain), value, maxError })),
  });
}

function slowest({ topDomainsByTime }: IDnsSection): TemplateResult {
  if (topDomainsByTime === null) return note(`Not measured: ${why.NO_RESPONSE_TIME}.`);
  return html`${domains('topDomainsByTime', topDomainsByTime, 'Time in all', milliseconds)}
  ${note('The time that all answers of a name took together.')}`;
}

function clients({ topClients }: IDnsSection): TemplateResult {
  if (topClients === null) return note(`Not measured: ${why.NO_ADDRESS}.`);
  return bars({
    ...{ label: 'Top clients', name: 'topClients', what: 'Client', amount: 'Queries', empty: 'None yet.' },
    bars: topClients.map(({ client, count: value, maxError }) => ({
      key: client,
      label: text(client),
      value,
      maxError,
    })),
  });
}

function lost({ dropped, rejected }: IDnsSection): TemplateResult {
  const entries = [
    ...Object.entries(dropped).map(([reason, value]) => ({ key: `dropped ${reason}`, value })),
    ...Object.entries(rejected).map(([reason, value]) => ({ key: `rejected ${reason}`, value })),
  ];
  return bars({
    ...{ label: 'Dropped queries and rejected packets', name: 'lost', what: 'Reason', amount: 'Count', empty: 'None.' },
    bars: entries.map(({ key, value }) => ({ key, label: key, value })),
  });
}

const handlers = ({ handlers: all }: IDnsSection): TemplateResult =>
  table<IDnsSection['handlers'][number]>({
    ...{ label: 'Handlers', name: 'handlers', rows: all, keyOf: ({ pattern }) => pattern, empty: 'None is wrapped.' },
    columns: [
      { id: 'pattern', label: 'Pattern', cell: ({ pattern }) => text(pattern) },
      { id: 'calls', label: 'Calls', numeric: true, cell: ({ calls }) => figure('calls', calls, count, '') },
      { id: 'errors', label: 'Errors', numeric: true, cell: ({ errors }) => figure('errors', errors, count, '') },
    ],
  });
