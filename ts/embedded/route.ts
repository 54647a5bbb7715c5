import type { IRouteConfig, IRouteTarget, TSocketHandler } from '../interfaces/smartproxy.js';
import type { TAddressMatcher } from './addresses.js';
import type { tls } from './plugins.js';

/** A checked route, ready to match and to hand sockets to. */
export interface IRoute {
  readonly config: IRouteConfig;
  readonly key: string;
  readonly priority: number;
  /** As configured; 0 is a listener of its own. */
  readonly ports: ReadonlySet<number>;
  /** Lower case; empty: any name or none. */
  readonly domains: readonly string[];
  readonly clientIp: TAddressMatcher | null;
  readonly tls: 'passthrough' | 'terminate' | null;
  readonly secureContext: tls.SecureContext | null;
  /** Unix time in ms; `null` without a certificate. */
  readonly certificateExpiresAt: number | null;
  /** The route's own handler: the configured one, or the forward. */
  readonly base: TSocketHandler;
  /** `base` with every wrap around it. */
  handler: TSocketHandler;
  /** The target whose turn it is; `null` for a socket handler. */
  nextTarget(): IRouteTarget | null;
}

/** What does not match ranks below every rank. */
const NO_MATCH = -1;
const ANY = 0;
const EXACT = 1000;

/** How closely a pattern fits: exact, then the wildcard with the most letters of its own. */
function fit(pattern: string, domain: string | undefined): number {
  if (pattern === '*') return ANY + 1;
  if (domain === undefined) return NO_MATCH;
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === domain ? EXACT : NO_MATCH;
  const matches =
    domain.length >= pattern.length &&
    domain.startsWith(pattern.slice(0, star)) &&
    domain.endsWith(pattern.slice(star + 1));
  return matches ? ANY + 1 + pattern.length : NO_MATCH;
}

const rank = (route: IRoute, domain: string | undefined): number =>
  route.domains.length === 0 ? ANY : Math.max(...route.domains.map((pattern) => fit(pattern, domain)));

/**
 * The route for a name: priority first, then the closest domain, then a route that asks for the client's address, then
 * the order of the configuration. A port, an address and a kind (TLS or not) are matched before.
 */
export function bestRoute(candidates: readonly IRoute[], domain: string | undefined): IRoute | undefined {
  let best: IRoute | undefined;
  let bestRank = NO_MATCH;
  for (const route of candidates) {
    const its = rank(route, domain);
    if (its === NO_MATCH) continue;
    const better =
      best === undefined
        ? 1
        : route.priority - best.priority ||
          its - bestRank ||
          Number(route.clientIp !== null) - Number(best.clientIp !== null);
    if (better > 0) [best, bestRank] = [route, its];
  }
  return best;
}

/**
 * Lower case, without the final dot; `undefined` for what can be no name or address: of other letters (RFC 952, with the
 * `_` that is about) or of more than 253 (RFC 1035). A `*` must not match what the backend reads as another name.
 */
export function normaliseDomain(name: string | undefined): string | undefined {
  const bare = name?.toLowerCase().replace(/\.$/, '');
  return bare !== undefined && /^[a-z0-9._:[\]-]{1,253}$/.test(bare) ? bare : undefined;
}
