import * as net from 'node:net';
import type { IRouteConfig, TPortRange } from '../../../ts/interfaces/smartproxy.js';
import { closed, listening } from './host.js';

function portsOf(ports: TPortRange): number[] {
  if (typeof ports === 'number') return [ports];
  return ports.flatMap((entry) =>
    typeof entry === 'number' ? [entry] : Array.from({ length: entry.to - entry.from + 1 }, (_, i) => entry.from + i),
  );
}

/** `*.example.test` spans dots, as in SmartProxy. */
function domainMatches(pattern: string, domain: string): boolean {
  return pattern === domain || (pattern.startsWith('*') && domain.endsWith(pattern.slice(1)));
}

export function matchesDomain(route: IRouteConfig, domain: string | undefined): boolean {
  const domains = route.match.domains;
  if (domains === undefined) return true;
  if (domain === undefined) return false;
  return (typeof domains === 'string' ? [domains] : domains).some((pattern) => domainMatches(pattern, domain));
}

/** The servers that a set of routes needs. A route on port 0 gets a port of its own, kept for as long as the route is. */
export class RoutePorts {
  readonly #servers = new Map<string, { readonly server: net.Server; readonly port: number }>();
  readonly #serve: (socket: net.Socket, key: string, port: number) => void;

  constructor(serve: (socket: net.Socket, key: string, port: number) => void) {
    this.#serve = serve;
  }

  static keys(route: IRouteConfig): string[] {
    return portsOf(route.match.ports).map((port) => (port === 0 ? `0 ${route.name ?? route.id ?? ''}` : String(port)));
  }

  async apply(routes: readonly IRouteConfig[]): Promise<void> {
    const wanted = new Set(routes.flatMap((route) => RoutePorts.keys(route)));
    for (const [key, { server }] of this.#servers) {
      if (wanted.has(key)) continue;
      this.#servers.delete(key);
      // Connections that are open outlive their route.
      server.close();
    }
    for (const key of wanted) {
      if (this.#servers.has(key)) continue;
      // Half-open, so that a relay can pass on one end without the other.
      const server = net.createServer({ allowHalfOpen: true }, (socket) =>
        this.#serve(socket, key, socket.localPort ?? 0),
      );
      this.#servers.set(key, { server, port: await listening(server, key.startsWith('0 ') ? 0 : Number(key)) });
    }
  }

  ports(): number[] {
    return [...this.#servers.values()].map(({ port }) => port);
  }

  portOf(route: IRouteConfig): number {
    const entry = this.#servers.get(RoutePorts.keys(route)[0] ?? '');
    if (entry === undefined) throw new Error(`route ${route.name ?? '(no name)'} is not listening`);
    return entry.port;
  }

  async close(): Promise<void> {
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    await Promise.all(servers.map(({ server }) => closed(server)));
  }
}
