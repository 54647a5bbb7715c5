import type { DnsState } from './classes.dnsstate.js';
import type { ObservedDns } from './classes.observeddns.js';
import type { ObservedProxy } from './classes.observedproxy.js';
import type { ProxyState } from './classes.proxystate.js';
import type { Route } from './classes.route.js';
import type { RouteBlock } from './classes.routeblock.js';
import { CELLS } from './routecells.js';

/**
 * The identities: two independent books each, never a value with itself. Each function gives both sides as text where
 * they differ, else `null`. All are O(routes).
 */

/** What events counted, route by route and in total, and the live records. */
export function connectionsBreach(proxy: ProxyState, observed: readonly ObservedProxy[]): string | null {
  let opened = 0;
  let closed = 0;
  let live = 0;
  for (const block of proxy.routes.store.blocks) {
    const route = routeAt(proxy, block, block.apart(CELLS.opened, CELLS.closed, CELLS.live, CELLS.nothing));
    if (route !== undefined) {
      return `route "${route.name}": opened ${route.opened} - closed ${route.closed}; live records ${route.live}`;
    }
    opened += block.sum(CELLS.opened);
    closed += block.sum(CELLS.closed);
    live += block.sum(CELLS.live);
  }
  if (opened !== proxy.opened) return `opened: total ${proxy.opened}; routes ${opened}`;
  if (closed !== proxy.closed) return `closed: total ${proxy.closed}; routes ${closed}`;
  const records = observed.reduce((sum, { live: held }) => sum + held, 0);
  return live === records ? null : `live records: held ${records}; routes ${live}`;
}

/** What `traffic` told, route by route and in total, and what closes told with what live records hold. */
export function bytesBreach(proxy: ProxyState): string | null {
  let bytesIn = 0;
  let bytesOut = 0;
  for (const block of proxy.routes.store.blocks) {
    bytesIn += block.sum(CELLS.bytesIn);
    bytesOut += block.sum(CELLS.bytesOut);
  }
  const { bytes, closedBytes, liveBytes } = proxy;
  return (
    oneWay('in', bytesIn, bytes.in, closedBytes.in, liveBytes.in) ??
    oneWay('out', bytesOut, bytes.out, closedBytes.out, liveBytes.out)
  );
}

function oneWay(way: string, routes: number, total: number, closed: number, live: number): string | null {
  if (routes === total && routes === closed + live) return null;
  return `bytes ${way}: routes ${routes}, total ${total}; closed ${closed} + live ${live}`;
}

/** Each close and the traffic of its own connection. */
export function closesBreach(proxy: ProxyState): string | null {
  return proxy.mismatchedCloses === 0 ? null : `closes that differ: ${proxy.mismatchedCloses}; ${proxy.lastMismatch}`;
}

/** What request events counted, and what the connections hold. */
export function requestsBreach(proxy: ProxyState): string | null {
  for (const block of proxy.routes.store.blocks) {
    const apart = block.apart(CELLS.started, CELLS.finished, CELLS.aborted, CELLS.inFlight);
    const { name, requests } = routeAt(proxy, block, apart) ?? {};
    if (!requests) continue;
    const { started, finished, aborted, inFlight } = requests;
    return `route "${name}": started ${started}; finished ${finished} + aborted ${aborted} + in flight ${inFlight}`;
  }
  return null;
}

/** -1: no row. Looked for only where something is wrong. */
function routeAt(proxy: ProxyState, block: RouteBlock, row: number): Route | undefined {
  return row < 0 ? undefined : proxy.routes.list.find((route) => route.block === block && route.row === row);
}

/** What DNS events counted, by every label, and the queries in flight. */
export function dnsBreach(dns: DnsState, observed: readonly ObservedDns[]): string | null {
  const inFlight = observed.reduce((sum, { live }) => sum + live, 0);
  const dropped = dns.dropped.sum();
  if (dns.queries !== dns.responses + dropped + inFlight) {
    return `queries ${dns.queries}; responses ${dns.responses} + dropped ${dropped} + in flight ${inFlight}`;
  }
  let types = 0;
  let codes = 0;
  for (const transport of dns.transports.values()) {
    types += transport.types.sum();
    codes += transport.codes.sum();
  }
  if (types !== dns.queries) return `queries ${dns.queries}; by type ${types}`;
  if (codes !== dns.responses) return `responses ${dns.responses}; by code ${codes}`;
  for (const source of observed) {
    // A source that tells results at all tells one for each response.
    if (source.results > 0 && source.results !== source.responses) {
      return `responses ${source.responses}; cache results ${source.results}`;
    }
  }
  return null;
}

/** What each source holds open by its own account, and our live records of it. */
export function sourcesBreach(observed: readonly { disagreement(): string | null }[]): string | null {
  for (const source of observed) {
    const both = source.disagreement();
    if (both !== null) return both;
  }
  return null;
}
