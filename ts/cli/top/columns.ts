import type { TDnsFigures, TDomainFigures, TRouteFigures } from '../../schema/figures.js';
import { bytes, count, duration, rate } from './numbers.js';
import type { IColumn } from './table.js';

function column(
  title: string,
  width: number,
  rank: number,
  value: (route: TRouteFigures) => number | null,
  text: (value: number | null) => string,
): IColumn<TRouteFigures> {
  return { title, width, rank, value, text: (route) => text(value(route)) };
}

export const ROUTE_COLUMNS: readonly IColumn<TRouteFigures>[] = [
  column('ACTIVE', 7, 1, ({ active }) => active, (value) => count(value, 7)),
  column('TOTAL', 9, 6, ({ total }) => total, (value) => count(value, 9)),
  column('CONN/S', 7, 4, ({ rates }) => rates.connectionsPerSecond, rate),
  column('REQ/S', 7, 5, ({ rates }) => rates.requestsPerSecond, rate),
  column('IN/S', 7, 2, ({ rates }) => rates.bytesInPerSecond, bytes),
  column('OUT/S', 7, 3, ({ rates }) => rates.bytesOutPerSecond, bytes),
]; // prettier-ignore

/** What top domains can be ordered by. */
export interface IDomainList {
  readonly title: string;
  /** `null`: not measured. */
  entries(dns: TDnsFigures): readonly TDomainFigures[] | null;
  readonly column: IColumn<TDomainFigures>;
}

const counted = (title: string, text: (value: number) => string): IColumn<TDomainFigures> => ({
  title,
  width: 19,
  rank: 1,
  value: (entry) => entry.count,
  // A bounded list may count a name too high, and says by how much at most.
  text: ({ count: most, maxError }) =>
    maxError > 0 ? `${text(Math.max(0, most - maxError))} – ${text(most)}` : text(most),
});

export const DOMAIN_LISTS: readonly IDomainList[] = [
  {
    title: 'queries',
    entries: ({ topDomains }) => topDomains,
    column: counted('QUERIES', (value) => count(value, 8)),
  },
  {
    title: 'unanswered',
    entries: ({ topDomainsByUnanswered }) => topDomainsByUnanswered,
    column: counted('UNANSWERED', (value) => count(value, 8)),
  },
  {
    title: 'time',
    entries: ({ topDomainsByTime }) => topDomainsByTime,
    column: counted('TIME', (value) => duration(value / 1000)),
  },
];
