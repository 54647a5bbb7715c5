import type { IWrappableRoute } from '../interfaces/smartproxy.js';
import { RoutemeterError } from '../shared/errors.js';
import { RESERVED_ROUTES } from '../shared/labels.js';
import { routeKey } from '../shared/routekey.js';

/**
 * The key of each route, in order. Routes without a name that would share a key get `#2`, `#3`, …
 *
 * @throws ERR_ROUTE_DUPLICATE, ERR_ROUTE_RESERVED when `strict`; otherwise a name that is taken is shared, and a
 *   reserved one gets a prefix: the host decides what it accepts.
 */
export function routeKeys(routes: readonly IWrappableRoute[], strict: boolean): string[] {
  const seen = new Map<string, number>();
  return routes.map((route, index) => {
    const key = routeKey(route);
    const named = route.name !== undefined || route.id !== undefined;
    if (RESERVED_ROUTES.includes(key)) {
      if (!strict) return `route:${key}`;
      throw new RoutemeterError('ERR_ROUTE_RESERVED', `routes[${index}]: the name "${key}" is reserved`);
    }
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    if (times === 1) return key;
    if (!named) return `${key}#${times}`;
    if (strict) {
      throw new RoutemeterError(
        'ERR_ROUTE_DUPLICATE',
        `routes[${index}]: another route is named "${key}"; names must be unique`,
      );
    }
    return key;
  });
}

/** Whether a route hands its sockets to a function, which can be wrapped. */
export function isHandlerRoute(route: IWrappableRoute): boolean {
  return route.action.type === 'socket-handler' && typeof route.action.socketHandler === 'function';
}
