export const VIEWS = ['overview', 'routes', 'dns', 'connections', 'events', 'system'] as const;
export type TViewName = (typeof VIEWS)[number];

/** Where the page is: `#/connections?route=web`, `#/routes/NAME`. */
export interface ILocation {
  readonly view: TViewName;
  /** The route of `#/routes/NAME`. */
  readonly route: string | null;
  readonly query: URLSearchParams;
}

/** `null`: a hash of somebody else, of a page that the dashboard is embedded in. */
export function parseHash(hash: string): ILocation | null {
  if (hash === '' || hash === '#' || hash === '#/')
    return { view: 'overview', route: null, query: new URLSearchParams() };
  const match = /^#\/([a-z]+)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(hash);
  const view = VIEWS.find((name) => name === match?.[1]);
  if (view === undefined) return null;
  const name = match?.[2];
  if (name !== undefined && view !== 'routes') return null;
  const route = name === undefined ? null : decoded(name);
  return { view, route, query: new URLSearchParams(match?.[3] ?? '') };
}

export const hashOf = (view: TViewName, query: Readonly<Record<string, string>> = {}): string => {
  const text = new URLSearchParams(query).toString();
  return `#/${view}${text === '' ? '' : `?${text}`}`;
};

/** A name with lone surrogates has no form in a URL; `sameRoute` knows it by what became of it. */
export const routeHash = (name: string): string => `#/routes/${encodeURIComponent(name.toWellFormed())}`;
export const sameRoute = (name: string, linked: string): boolean => name === linked || name.toWellFormed() === linked;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
