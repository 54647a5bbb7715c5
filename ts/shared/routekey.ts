/** What a route's key is made of; `ports` and `domains` as the host's own type has them. */
export interface IKeyedRoute {
  readonly name?: string | undefined;
  readonly id?: string | undefined;
  readonly match: { readonly ports: unknown; readonly domains?: unknown; readonly path?: unknown };
}

/**
 * The name a route is counted under: its `name`, else its `id`, else a stable text of what it matches, such as
 * `443:example.com,*.example.com` or `80,8000-8010:example.com/api`.
 */
export function routeKey(route: IKeyedRoute): string {
  if (route.name !== undefined) return route.name;
  if (route.id !== undefined) return route.id;
  const { ports, domains, path } = route.match;
  const names = `${list(domains)}${list(path)}`;
  return names === '' ? list(ports) : `${list(ports)}:${names}`;
}

function list(value: unknown): string {
  if (value === undefined || value === null) return '';
  return Array.isArray(value) ? value.map(item).join(',') : item(value);
}

function item(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'from' in value && 'to' in value) {
    return `${String(value.from)}-${String(value.to)}`;
  }
  return String(value);
}
