import type { IProxySnapshot, IRouteSnapshot } from '../interfaces/snapshot.js';
import { routeListOf } from '../shared/routelist.js';

/**
 * A figure of the whole proxy. The snapshot's own figures cover what is wrapped, because forwarded routes take part in
 * no identity; whoever asks how many connections there are means those as well.
 */
export function withForwarded(
  proxy: IProxySnapshot | null,
  wrapped: number | null | undefined,
  figure: (route: IRouteSnapshot) => number | null,
): number {
  let sum = wrapped ?? 0;
  const routes = routeListOf(proxy);
  for (let index = 0; index < routes.length; index++) {
    const route = routes.at(index);
    if (route?.source === 'forwarded') sum += figure(route) ?? 0;
  }
  return sum;
}
