import type { TPortRange } from '../interfaces/smartproxy.js';
import type { TConfigFile } from '../schema/config.js';
import type { TConfigRoute } from '../schema/configproxy.js';
import { routeKey } from '../shared/routekey.js';
import { DEFAULT_HOST, DEFAULT_OPS_PORT } from './defaults.js';
import { net } from './plugins.js';
import type { TPath } from './jsonfile.js';
import type { TRefuse } from './refusals.js';

/** What cannot be meant of two parts that are each right by themselves. */
export function conflicts(file: TConfigFile, refuse: TRefuse): void {
  samePort(file, refuse);
  hiddenRoutes(file.proxy.routes, refuse);
}

/** It would never start. */
function samePort(file: TConfigFile, refuse: TRefuse): void {
  const routes = file.proxy.routes.map(askedBy);
  const servers = serversOf(file).filter(({ port }) => port !== 0);
  for (const [index, { path, host, port, shown }] of servers.entries()) {
    const asked = overlap(file.proxy.host ?? DEFAULT_HOST, host)
      ? routes.find(({ spans }) => spans.some(({ from, to }) => from <= port && port <= to))
      : undefined;
    const other = servers.slice(0, index).find((before) => before.port === port && overlap(before.host, host));
    const whose = asked === undefined ? other?.path.join('.') : `one of ${nameOf(asked)}`;
    if (whose !== undefined) {
      refuse(path, `must be a port of its own: ${shown ?? String(port)} is ${whose}, on the same address`);
    }
  }
}

interface IServer {
  readonly path: TPath;
  readonly host: string;
  readonly port: number;
  readonly shown?: string | undefined;
}

/** What listens over TCP beside the routes. */
function serversOf({ dns, ops }: TConfigFile): IServer[] {
  const opsPort = ops?.port ?? DEFAULT_OPS_PORT;
  const shown = ops?.port === undefined ? `${opsPort}, which it is unless set,` : undefined;
  const servers: IServer[] = [{ path: ['ops', 'port'], host: ops?.host ?? DEFAULT_HOST, port: opsPort, shown }];
  if (dns === undefined || dns.front === false) return servers;
  const { host = DEFAULT_HOST, port, front } = dns;
  servers.push({ path: ['dns', 'port'], host, port });
  if (front?.doh !== undefined) servers.push({ path: ['dns', 'front', 'doh', 'port'], host, port: front.doh.port });
  return servers;
}

/** Of two routes that match alike the first is taken, so nothing gets to the second: somebody meant something else. */
function hiddenRoutes(routes: readonly TConfigRoute[], refuse: TRefuse): void {
  // Only those that ask for a name in common, and otherwise for the same, can be in each other's way.
  const alike = new Map<string, IAsked[]>();
  for (const asked of routes.map(askedBy)) {
    const keys = (asked.domains.length === 0 ? [''] : asked.domains).map((name) => `${asked.rest} ${name}`);
    const first = alike.get(keys[0] ?? '')?.find((other) => covers(other, asked));
    if (first !== undefined) {
      refuse(
        ['proxy', 'routes', asked.index, 'match'],
        `must ask for something that ${nameOf(first)} does not, for no connection gets to ${nameOf(asked)}`,
      );
    }
    for (const key of keys) {
      const others = alike.get(key);
      if (others === undefined) alike.set(key, [asked]);
      else others.push(asked);
    }
  }
}

interface ISpan {
  readonly from: number;
  readonly to: number;
}

/** What a route asks of a connection, in a form that can be compared. */
interface IAsked {
  readonly route: TConfigRoute;
  readonly index: number;
  readonly spans: readonly ISpan[];
  /** Lower case; empty: any name or none. */
  readonly domains: readonly string[];
  /** What has to be the same. */
  readonly rest: string;
}

function askedBy(route: TConfigRoute, index: number): IAsked {
  const { match, action, priority = 0 } = route;
  const domains = [match.domains ?? []].flat().map((name) => name.toLowerCase().replace(/\.$/u, ''));
  const clients = [...new Set(match.clientIp)].sort();
  // Where priorities differ, somebody has put them in order. TLS and plain connections on one port are told apart.
  const rest = JSON.stringify([priority, action.tls !== undefined, clients]);
  return { route, index, spans: spansOf(match.ports), domains, rest };
}

/** Whether every connection that the second route asks for is asked for by the first. */
function covers(first: IAsked, second: IAsked): boolean {
  return (
    second.domains.every((name) => first.domains.includes(name)) &&
    second.spans.every((its) => first.spans.some(({ from, to }) => from <= its.from && its.to <= to))
  );
}

/** Ports as spans that neither touch nor overlap. */
function spansOf(ports: TPortRange): ISpan[] {
  const list = typeof ports === 'number' ? [ports] : ports;
  const spans: { from: number; to: number }[] = [];
  for (const { from, to } of list.map(spanOf).sort((a, b) => a.from - b.from)) {
    const last = spans.at(-1);
    if (last !== undefined && from <= last.to + 1) last.to = Math.max(last.to, to);
    else spans.push({ from, to });
  }
  return spans;
}

const spanOf = (item: number | ISpan): ISpan => (typeof item === 'number' ? { from: item, to: item } : item);

/** Whether two servers with one port would be in each other's way. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [canonical(one), canonical(other)];
  return takes(a, b) || takes(b, a);
}

/** `::` is every address of both families. */
const takes = (a: string, b: string): boolean => a === b || a === '::' || (a === '0.0.0.0' && net.isIPv4(b));

/** An IPv6 address in its one form of RFC 5952. */
const canonical = (address: string): string =>
  net.isIPv6(address) && !address.includes('%') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;

const nameOf = ({ route, index }: IAsked): string =>
  `route ${JSON.stringify(routeKey(route))} (proxy.routes[${index}])`;
