import type { TDomainFigures, TFigures, TRouteFigures } from '../../schema/figures.js';
import { DOMAIN_LISTS, ROUTE_COLUMNS } from './columns.js';
import { NOT_MEASURED } from './numbers.js';
import type { ITopState } from './state.js';
import { sortRows, type ITable } from './table.js';

export interface IListTable<TRow> extends ITable<TRow> {
  /** What stands where there is no row. */
  readonly none: string;
}

/** The routes as the keys want them. */
export function routeTable({ proxy }: TFigures, state: ITopState): IListTable<TRouteFigures> {
  const all = proxy?.routes ?? [];
  const sortedBy = ROUTE_COLUMNS[state.sortColumn - 1] ?? 'name';
  const value = sortedBy === 'name' ? ({ name }: TRouteFigures) => name : sortedBy.value;
  const wanted = all.filter(({ name }) => contains(name, state.filter.routes));
  return {
    rows: sortRows(wanted, value, state.descending.routes),
    columns: ROUTE_COLUMNS,
    nameTitle: 'ROUTE',
    name: ({ name }) => name,
    sortedBy,
    descending: state.descending.routes,
    none: proxy === null ? 'no proxy is observed' : all.length === 0 ? 'no routes yet' : 'no route of this name',
  };
}

/** The top domains by what the keys want; `null` where there is no DNS. */
export function domainTable({ dns }: TFigures, state: ITopState): IListTable<TDomainFigures> | null {
  const list = DOMAIN_LISTS[state.domainList];
  if (dns === null || list === undefined) return null;
  const all = list.entries(dns);
  const wanted = (all ?? []).filter(({ domain }) => contains(domain, state.filter.domains));
  return {
    rows: sortRows(wanted, list.column.value, state.descending.domains),
    columns: [list.column],
    nameTitle: 'TOP DOMAINS',
    name: ({ domain }) => domain,
    sortedBy: list.column,
    descending: state.descending.domains,
    none: all === null ? NOT_MEASURED : all.length === 0 ? 'none yet' : 'no domain of this name',
  };
}

const contains = (name: string, part: string): boolean => name.toLowerCase().includes(part.toLowerCase());
