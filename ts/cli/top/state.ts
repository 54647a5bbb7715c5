import { DOMAIN_LISTS, ROUTE_COLUMNS } from './columns.js';
import { printable } from './text.js';

export type TView = 'all' | 'routes' | 'dns';
export type TList = 'routes' | 'domains';

/** What the keys have set. */
export interface ITopState {
  readonly view: TView;
  /** 0 is the name, 1 the first of ROUTE_COLUMNS. */
  readonly sortColumn: number;
  readonly descending: Readonly<Record<TList, boolean>>;
  /** Of DOMAIN_LISTS. */
  readonly domainList: number;
  /** What names must contain, whatever their case. */
  readonly filter: Readonly<Record<TList, string>>;
  /** The filter is being typed. */
  readonly editing: boolean;
  readonly paused: boolean;
  readonly help: boolean;
  /** The first row that is shown of the list that scrolls. */
  readonly offset: number;
}

export const FIRST_STATE: ITopState = {
  view: 'all',
  sortColumn: 1,
  descending: { routes: true, domains: true },
  domainList: 0,
  filter: { routes: '', domains: '' },
  editing: false,
  paused: false,
  help: false,
  offset: 0,
};

/** A key as Node's readline tells it. */
export interface IKey {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** Of the frame that the key was pressed on. */
export interface IScroll {
  /** Rows that are shown at once. */
  readonly page: number;
  readonly maxOffset: number;
}

const NEXT_VIEW: Readonly<Record<TView, TView>> = { all: 'routes', routes: 'dns', dns: 'all' };
const LONGEST_FILTER = 255;

/** The list that scrolls and is filtered. */
export const listOf = ({ view }: ITopState): TList => (view === 'dns' ? 'domains' : 'routes');

/** The state after a key, or that it ends the program or stops it. */
export function press(state: ITopState, key: IKey, scroll: IScroll): ITopState | 'quit' | 'suspend' {
  if (key.ctrl === true) {
    if (key.name === 'c') return 'quit';
    if (key.name === 'z') return 'suspend';
  }
  if (state.help) return { ...state, help: false };
  // A key that comes soon after Escape comes as one with it.
  if (key.meta === true && [...(key.sequence ?? '')].length === 2) {
    const next = press(state, { name: 'escape' }, scroll);
    return typeof next === 'string'
      ? next
      : press(next, { ...key, meta: false, sequence: key.sequence?.slice(1) }, scroll);
  }
  if (state.editing) return edit(state, key);
  if (key.ctrl === true) return state;
  switch (key.name ?? key.sequence ?? '') {
    case 'q':
      return 'quit';
    case 'h':
    case '?':
      return { ...state, help: true };
    case 'd':
    case 'tab':
      return { ...state, view: NEXT_VIEW[state.view], offset: 0 };
    case 'p':
    case 'space':
      return { ...state, paused: !state.paused };
    case '/':
      return { ...state, editing: true };
    case 'escape':
      return withFilter(state, '');
    case 's':
    case '>':
      return turn(state, 1);
    case '<':
      return turn(state, -1);
    case 'r':
      return ordered(state, !state.descending[listOf(state)]);
    default:
      return { ...state, offset: scrolled(state.offset, key, scroll) };
  }
}

function scrolled(offset: number, { name }: IKey, { page, maxOffset }: IScroll): number {
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageup: -page,
    pagedown: page,
    home: -Infinity,
    end: Infinity,
  };
  const step = steps[name ?? ''] ?? 0;
  return Math.min(Math.max(offset + step, 0), maxOffset);
}

/** Another column of the routes, or another list of the domains. */
function turn(state: ITopState, step: 1 | -1): ITopState {
  const around = (index: number, length: number): number => (index + step + length) % length;
  if (listOf(state) === 'domains') {
    return ordered({ ...state, domainList: around(state.domainList, DOMAIN_LISTS.length) }, true);
  }
  const sortColumn = around(state.sortColumn, ROUTE_COLUMNS.length + 1);
  // Names from A on, figures from the largest on.
  return ordered({ ...state, sortColumn }, sortColumn > 0);
}

function ordered(state: ITopState, descending: boolean): ITopState {
  return { ...state, descending: { ...state.descending, [listOf(state)]: descending }, offset: 0 };
}

function edit(state: ITopState, { name, sequence = '', ctrl }: IKey): ITopState {
  const filter = state.filter[listOf(state)];
  if (name === 'return' || name === 'enter') return { ...state, editing: false };
  if (name === 'escape') return withFilter({ ...state, editing: false }, '');
  if (name === 'backspace') return withFilter(state, [...filter].slice(0, -1).join(''));
  if (ctrl === true) return name === 'u' ? withFilter(state, '') : state;
  // Arrows and the like are more than one character; what a terminal would not show is no part of a name to look for.
  if ([...sequence].length !== 1 || printable(sequence) !== sequence) return state;
  return filter.length < LONGEST_FILTER ? withFilter(state, `${filter}${sequence}`) : state;
}

function withFilter(state: ITopState, filter: string): ITopState {
  return { ...state, filter: { ...state.filter, [listOf(state)]: filter }, offset: 0 };
}
