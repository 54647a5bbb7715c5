import type { IDnsSection, IDurationStats, IProxySection } from '../../../interfaces/stats.js';
import { figure } from '../components/figure.js';
import { table } from '../components/table.js';
import type { IColumn } from '../components/table.js';
import { text } from '../components/text.js';
import { count, seconds } from '../format.js';
import { hashOf, routeHash } from '../hash.js';
import { html } from '../plugins.js';
import type { TemplateResult } from '../plugins.js';
import * as why from '../reasons.js';
import { sorted } from '../sorting.js';

const SLOWEST = 5;

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
export function times(proxy: IProxySection | null, dns: IDnsSection | null): TemplateResult {
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
