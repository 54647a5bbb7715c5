import type { TPortRange } from '../interfaces/smartproxy.js';
import { routeKey } from '../shared/routekey.js';
import type { RunningRouter } from './classes.runningrouter.js';
import type { TConfigRecord } from '../schema/configdns.js';
import type { ICliRoute } from './config.js';
import { DEFAULT_HOST } from './defaults.js';
import { net } from './plugins.js';

/** Where everything listens, for people and, with `--json`, for programs. */
export interface IAddresses {
  readonly routes: readonly {
    readonly name: string;
    readonly host: string;
    readonly ports: readonly number[];
    readonly protocol: 'http' | 'tls' | 'tcp';
    readonly domains: readonly string[];
  }[];
  readonly dns: {
    readonly host: string;
    readonly port: number;
    /** What it listens for at this port. */
    readonly transports: readonly ('udp' | 'tcp')[];
    /** Of DNS over HTTPS; `null`: not served. */
    readonly https: string | null;
    readonly zone: string;
    readonly records: number;
    /** A name that has an answer, with its type unless that is A; `null`: there is none to try. */
    readonly example: string | null;
  } | null;
  /** `url` is for this machine; `host` is what it listens on. */
  readonly ops: { readonly url: string; readonly host: string };
}

export function addressesOf(router: RunningRouter): IAddresses {
  const { proxy, dns, ops } = router.config;
  const configured = new Set(proxy.routes.flatMap(({ match }) => portsOf(match.ports)));
  // All routes on port 0 share the one port that the system chose.
  const chosen = router.listeningPorts.find((port) => !configured.has(port)) ?? 0;
  return {
    routes: proxy.routes.map((route) => ({
      name: routeKey(route),
      host: proxy.host ?? DEFAULT_HOST,
      ports: portsOf(route.match.ports).map((port) => (port === 0 ? chosen : port)),
      protocol: protocolOf(route),
      domains: [route.match.domains ?? []].flat(),
    })),
    dns:
      dns === undefined || router.dnsPort === null
        ? null
        : {
            host: dns.host,
            port: router.dnsPort,
            transports: dns.front === false ? ['udp'] : ['udp', 'tcp'],
            https: router.dohPort === null ? null : `https://${authority(dns.host, router.dohPort)}/dns-query`,
            zone: dns.zone,
            records: dns.records.length,
            example: exampleOf(dns.records),
          },
    ops: { url: router.opsUrl, host: ops.host ?? DEFAULT_HOST },
  };
}

function exampleOf(records: readonly TConfigRecord[]): string | null {
  const plain = records.filter(({ name }) => !name.startsWith('*'));
  const record = plain.find(({ name, type }) => type === 'A' && name.startsWith('www.')) ?? plain[0];
  if (record === undefined) return null;
  return record.type === 'A' ? record.name : `${record.name} ${record.type}`;
}

function protocolOf({ match, action }: ICliRoute): 'http' | 'tls' | 'tcp' {
  if (action.tls !== undefined) return 'tls';
  return match.domains !== undefined || action.socketHandler === 'hello' ? 'http' : 'tcp';
}

function portsOf(ports: TPortRange): number[] {
  if (typeof ports === 'number') return [ports];
  return ports.flatMap((item) =>
    typeof item === 'number'
      ? [item]
      : Array.from({ length: item.to - item.from + 1 }, (_, index) => item.from + index),
  );
}

/** `[::1]:80` or `127.0.0.1:80`. */
export function authority(host: string, port: number | string): string {
  return `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** `80, 8000-8003` */
export function portsText(ports: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const port of ports) {
    const run = runs.at(-1);
    if (run !== undefined && port === run[1] + 1) run[1] = port;
    else runs.push([port, port]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}
