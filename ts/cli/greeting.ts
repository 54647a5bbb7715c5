import { VERSION } from '../shared/version.js';
import { authority, portsText, type IAddresses } from './addresses.js';

export interface IGreeting {
  readonly addresses: IAddresses;
  readonly configuration: string;
  /** Whether reading the figures needs a token. */
  readonly token: boolean;
  readonly demoTraffic: string | null;
}

/** What an operator sees at the start: every address, and commands to try. */
export function greeting({ addresses, configuration, token, demoTraffic }: IGreeting): string {
  const lines = [...routeLines(addresses), ...dnsLine(addresses), opsLine(addresses)];
  const width = Math.max(...lines.map(([name]) => name.length));
  return [
    `routemeter ${VERSION} is running (${configuration})`,
    '',
    ...lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`),
    ...(demoTraffic === null ? [] : ['', demoTraffic]),
    '',
    'Try:',
    ...commands(addresses, token).map((command) => `  ${command}`),
    '',
    'Ctrl-C stops it.',
  ].join('\n');
}

type TLine = readonly [name: string, text: string];

function routeLines({ routes }: IAddresses): TLine[] {
  return routes.map(({ name, host, ports, protocol, domains }) => {
    const address = `${protocol.padEnd(4)}  ${authority(host, portsText(ports))}`;
    return [`route ${name}`, domains.length === 0 ? address : `${address}  for ${domains.join(', ')}`];
  });
}

function dnsLine({ dns }: IAddresses): TLine[] {
  if (dns === null) return [];
  const records = `${dns.records} ${dns.records === 1 ? 'record' : 'records'}`;
  return [['dns', `udp   ${authority(dns.host, dns.port)}  zone ${dns.zone}, ${records}`]];
}

function opsLine({ ops }: IAddresses): TLine {
  return ['ops', `${ops.url}  /metrics  /api/stats  /healthz  /readyz`];
}

function commands({ routes, dns, ops }: IAddresses, token: boolean): string[] {
  const scrape = token ? `curl -H "Authorization: Bearer $TOKEN" ${ops.url}/metrics` : `curl ${ops.url}/metrics`;
  const web = routes.find(({ protocol }) => protocol === 'http');
  const secure = routes.find(({ protocol }) => protocol === 'tls');
  const tries = [web === undefined ? undefined : curl('http', web)];
  if (dns !== null) tries.push(`dig @${dns.host} -p ${dns.port} ${dns.example ?? dns.zone}`);
  else if (secure !== undefined) tries.push(curl('https', secure));
  return [...tries, scrape].filter((command) => command !== undefined);
}

function curl(scheme: 'http' | 'https', { host, ports, domains }: IAddresses['routes'][number]): string {
  const url = `${scheme}://${authority(host, ports[0] ?? 0)}/`;
  if (scheme === 'https') return `curl --insecure ${url}`;
  const name = domains.find((domain) => !domain.includes('*'));
  // A route that takes the address as a name needs no other.
  return name === undefined || domains.includes(host) ? `curl ${url}` : `curl -H 'Host: ${name}' ${url}`;
}
