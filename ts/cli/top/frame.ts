import type { TFigures } from '../../schema/figures.js';
import { dnsLines } from './dnslines.js';
import { headerLines, type ILink } from './header.js';
import { helpLines } from './help.js';
import { domainTable, routeTable, type IListTable } from './lists.js';
import type { IPaint } from './paint.js';
import { listOf, type IScroll, type ITopState } from './state.js';
import { tableLines } from './table.js';
import { cut, fit, padEnd } from './text.js';

export interface ISize {
  readonly columns: number;
  readonly rows: number;
}

/** A part of the screen, or all of it, and how far its list can scroll. */
export interface IFrame extends IScroll {
  readonly lines: readonly string[];
}

const KEYS = ['q quit', 'h help', 'd view', 's sort', 'r reverse', '/ filter', 'p pause'];
const ROWS_FOR_SUMS = 16;
const ROWS_FOR_EVERYTHING = 20;
const LEAST_DOMAINS = 3;
const NO_SCROLL: IScroll = { page: 1, maxOffset: 0 };

/** What is left of a screen below its header. */
interface IArea extends ISize {
  /** Small screens have one line of DNS beside the routes, those above them its sums, the rest its top domains too. */
  readonly detail: 'little' | 'sums' | 'everything';
  readonly paint: IPaint;
}

/** Exactly the lines of a screen. */
export function frame(figures: TFigures, link: ILink, state: ITopState, size: ISize, paint: IPaint): IFrame {
  const { lines, ...scroll } = state.help
    ? { lines: helpLines(size.columns), ...NO_SCROLL }
    : screen(figures, link, state, size, paint);
  const above = Math.max(0, size.rows - 1);
  const blank = Array<string>(Math.max(0, above - lines.length)).fill('');
  return { ...scroll, lines: [...lines.slice(0, above), ...blank, footer(state, size.columns, paint)] };
}

function screen(figures: TFigures, link: ILink, state: ITopState, { columns, rows }: ISize, paint: IPaint): IFrame {
  const detail = rows >= ROWS_FOR_EVERYTHING ? 'everything' : rows >= ROWS_FOR_SUMS ? 'sums' : 'little';
  const head = [...headerLines(figures, link, state.paused, columns, paint), ...(detail === 'everything' ? [''] : [])];
  const area: IArea = { columns, rows: rows - 1 - head.length, detail, paint };
  const part = state.view === 'all' ? both(figures, state, area) : oneList(figures, state, area);
  return { ...part, lines: [...head, ...part.lines] };
}

function oneList(figures: TFigures, state: ITopState, area: IArea): IFrame {
  if (state.view === 'routes') return list(routeTable(figures, state), state.offset, area);
  const sums = dnsLines(figures.dns, area.columns).slice(0, area.detail === 'little' ? 3 : 4);
  const table = domainTable(figures, state);
  if (table === null) return { ...NO_SCROLL, lines: sums };
  if (area.detail === 'everything') sums.push('');
  const part = list(table, state.offset, { ...area, rows: area.rows - sums.length });
  return { ...part, lines: [...sums, ...part.lines] };
}

/** Routes first, since they are what scrolls; below them DNS in what room there is. */
function both(figures: TFigures, state: ITopState, area: IArea): IFrame {
  const sums = dnsLines(figures.dns, area.columns).slice(0, area.detail === 'little' ? 1 : 3);
  const tail = area.detail === 'everything' ? ['', ...sums, ''] : sums;
  const routes = routeTable(figures, state);
  const domains = area.detail === 'everything' ? domainTable(figures, state) : null;
  const left = area.rows - tail.length;
  const least = domains === null ? 0 : 1 + Math.min(LEAST_DOMAINS, Math.max(1, domains.rows.length));
  const forRoutes = Math.min(1 + Math.max(1, routes.rows.length), left - least);
  const above = list(routes, state.offset, { ...area, rows: forRoutes });
  const below = domains === null ? [] : list(domains, 0, { ...area, rows: left - forRoutes }).lines;
  return { ...above, lines: [...above.lines, ...tail, ...below] };
}

/** A table in so many lines: its head, and a page of its rows. */
function list<TRow>(table: IListTable<TRow>, offset: number, { columns, rows, paint }: IArea): IFrame {
  const page = Math.max(1, rows - 1);
  const maxOffset = Math.max(0, table.rows.length - page);
  const first = Math.min(offset, maxOffset);
  const shown = table.rows.slice(first, first + page);
  const place = maxOffset === 0 ? undefined : `${first + 1}–${first + shown.length}/${table.rows.length}`;
  const lines = tableLines({ ...table, rows: shown, place }, columns, paint);
  return { page, maxOffset, lines: shown.length > 0 ? lines : [...lines, cut(table.none, columns)] };
}

function footer(state: ITopState, width: number, paint: IPaint): string {
  const filter = state.filter[listOf(state)];
  if (state.help) return paint.head(padEnd('any key leaves this help', width));
  if (state.editing) return fit([`/${filter}_`, 'Enter keeps it', 'Esc drops it'], width).join('  ');
  const texts = filter === '' ? KEYS : [`only names with "${filter}"`, ...KEYS];
  return paint.head(padEnd(fit(texts, width).join('  '), width));
}
