import type { IRouterStats } from '../../ts/index.js';
import { at } from './compare.js';

/** What a page was told: the statistics, and what its view asks for beside them. */
export interface IAnswers {
  readonly stats: IRouterStats;
  readonly connections?: unknown;
  readonly system?: unknown;
}

/** Where figures stand that are named in short: the route of a route's page. */
export interface IPlace {
  readonly route?: string;
}

/**
 * The value that the answers have for a figure of the page, by the figure's name alone: a path, or `list[entry].path`.
 * `undefined`: none has it.
 */
export function lookUp(name: string, answers: IAnswers, place: IPlace = {}): unknown {
  const { stats, connections, system } = answers;
  const derived = DERIVED[name];
  if (derived !== undefined) return derived(stats);
  const route = stats.proxy?.routes.find((one) => one.name === place.route);
  const roots = [route, stats, stats.dns, stats.self, stats.proxy, connections, system].filter((root) => root != null);
  const row = /^([\w.]+)\[(.*)\]\.([^\]]*)$/su.exec(name);
  if (row?.[1] === undefined) return first(roots, (root) => at(root, name));
  const [, list, key = '', figure = ''] = row;
  const made = LISTS[list]?.(stats);
  const found = first(made === undefined ? roots : [{ [list]: made }], (root) => entryOf(at(root, list), key));
  return at(found, figure);
}

/** Figures that the page makes of others. */
const DERIVED: Readonly<Record<string, (stats: IRouterStats) => unknown>> = {
  'dns.answered': ({ dns }) => dns && dns.totalResponses - dns.unanswered,
  'self.invariants': ({ self }) => (self.invariants.every(({ ok }) => ok) ? 'ok' : 'broken'),
};

/** Lists that the page puts together. */
const LISTS: Readonly<Record<string, (stats: IRouterStats) => Readonly<Record<string, unknown>>>> = {
  times: ({ proxy, dns }) => ({
    dns: dns?.duration ?? null,
    ...Object.fromEntries(
      (proxy?.routes ?? []).map(({ name, requests }) => [`route ${name}`, requests?.duration ?? null]),
    ),
  }),
  lost: ({ dns }) => ({ ...prefixed('dropped', dns?.dropped), ...prefixed('rejected', dns?.rejected) }),
};

const prefixed = (prefix: string, values: Readonly<Record<string, number>> = {}): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix} ${key}`, value]));

type TEntry = Readonly<Record<string, unknown>>;

/** One entry of a list, of a map, or of a histogram; a bare number is a `count`. */
function entryOf(list: unknown, key: string): unknown {
  if (typeof list !== 'object' || list === null) return undefined;
  if (Array.isArray(list)) {
    const entry = (list as TEntry[]).find((one) => keysOf(one).includes(key));
    return entry === undefined ? undefined : withDerived(entry);
  }
  const { edges, counts } = list as { edges?: readonly number[]; counts?: readonly number[] };
  const entry =
    edges === undefined || counts === undefined
      ? (list as TEntry)[key]
      : counts[key === '+Inf' ? edges.length : edges.findIndex((edge) => String(edge) === key)];
  return typeof entry === 'number' ? { count: entry } : entry;
}

/** An open connection is known by its number; it has a domain, too. */
function keysOf({ name, domain, client, pattern, connectionId, method, code }: TEntry): unknown[] {
  if (typeof connectionId === 'number') return [String(connectionId)];
  return [name, domain, client, pattern, `${String(method)} ${String(code)}`];
}

/** What the page adds to an open connection. */
function withDerived(entry: TEntry): TEntry {
  if (entry['connectionId'] === undefined) return entry;
  return { domain: null, ...entry, bytes: Number(entry['bytesIn']) + Number(entry['bytesOut']) };
}

function first<T>(roots: readonly unknown[], read: (root: unknown) => T): T | undefined {
  for (const root of roots) {
    const value = read(root);
    if (value !== undefined) return value;
  }
  return undefined;
}
