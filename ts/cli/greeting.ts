import { isWildcard } from '../ops/hosts.js';
import { VERSION } from '../shared/version.js';
import { authority, portsText, type IAddresses } from './addresses.js';

/** The file that the token is in; `null`: it is known to whoever wrote the configuration. */
export interface ITokenPlace {
  readonly file: string | null;
}

export interface IGreeting {
  readonly addresses: IAddresses;
  readonly configuration: string;
  /** What reading the figures needs; `null`: nothing. */
  readonly token: ITokenPlace | null;
  readonly demoTraffic: string | null;
}

/** What an operator sees at the start: every address, and commands to try. */
export function greeting({ addresses, configuration, token, demoTraffic }: IGreeting): string {
  const lines = [...routeLines(addresses), ...dnsLine(addresses), ...opsLines(addresses)];
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
  const lines = dns.transports.map((transport) => `${transport.padEnd(4)}  ${authority(dns.host, dns.port)}`);
  if (dns.https !== null) lines.push(dns.https);
  return lines.map((line, index) => ['dns', index > 0 ? line : `${line}  zone ${dns.zone}, ${records}`]);
}

function opsLines({ ops }: IAddresses): TLine[] {
  const where = isWildcard(ops.host) ? `${ops.url} (listening on every address, ${ops.host})` : ops.url;
  return [
    ['ops', `${where}  /metrics  /api/stats  /healthz  /readyz`],
    ['dashboard', `${ops.url}/`],
  ];
}

function commands({ routes, dns, ops }: IAddresses, token: ITokenPlace | null): string[] {
  const web = routes.find(({ protocol }) => protocol === 'http');
  const secure = routes.find(({ protocol }) => protocol === 'tls');
  const tries = [web === undefined ? undefined : curl('http', web)];
  if (dns !== null) tries.push(`dig @${dns.host} -p ${dns.port} ${dns.example ?? dns.zone}`);
  else if (secure !== undefined) tries.push(curl('https', secure));
  return [...tries, scrape(ops.url, token)].filter((command) => command !== undefined);
}

function curl(scheme: 'http' | 'https', { host, ports, domains }: IAddresses['routes'][number]): string {
  const url = `${scheme}://${authority(host, ports[0] ?? 0)}/`;
  if (scheme === 'https') return `curl --insecure ${url}`;
  const name = domains.find((domain) => !domain.includes('*'));
  // A route that takes the address as a name needs no other.
  return name === undefined || domains.includes(host) ? `curl ${url}` : `curl -H 'Host: ${name}' ${url}`;
}

/** To be pasted as it is. The token is not shown: what is printed ends in logs. */
function scrape(url: string, token: ITokenPlace | null): string {
  // The address is this machine's, whatever name its certificate has.
  const command = url.startsWith('https:') ? 'curl --insecure' : 'curl';
  if (token === null) return `${command} ${url}/metrics`;
  if (token.file !== null) return `${command} -H "Authorization: Bearer $(cat ${quoted(token.file)})" ${url}/metrics`;
  return `printf 'token: ' && read -r TOKEN && ${command} -H "Authorization: Bearer $TOKEN" ${url}/metrics`;
}

/** For a POSIX shell. */
const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
