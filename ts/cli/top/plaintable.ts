import type { TFigures } from '../../schema/figures.js';
import { dnsLines } from './dnslines.js';
import { headerLines } from './header.js';
import { domainTable, routeTable, type IListTable } from './lists.js';
import { PLAIN } from './paint.js';
import { FIRST_STATE } from './state.js';
import { tableLines } from './table.js';

const UNLIMITED = Infinity;

/** Everything once, in full, with nothing for a terminal in it. */
export function plainTable(figures: TFigures): string {
  const domains = domainTable(figures, FIRST_STATE);
  const parts = [
    headerLines(figures, { problem: null, age: 0 }, false, UNLIMITED, PLAIN),
    ...(figures.proxy === null ? [] : [table(routeTable(figures, FIRST_STATE))]),
    dnsLines(figures.dns, UNLIMITED),
    ...(domains === null ? [] : [table(domains)]),
  ];
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}

function table<TRow>(rows: IListTable<TRow>): string[] {
  const lines = tableLines(rows, UNLIMITED, PLAIN);
  return rows.rows.length > 0 ? lines : [...lines, rows.none];
}
