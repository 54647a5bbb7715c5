/** Routes that are no configuration's: their names are reserved. */
export const UNROUTED = '_unrouted';
export const OVERFLOW = '_overflow';
export const RETIRED = '_retired';
export const RESERVED_ROUTES: readonly string[] = [UNROUTED, OVERFLOW, RETIRED];

export const CLOSE_REASONS = [
  'client-end',
  'client-reset',
  'server-end',
  'server-destroy',
  'idle-timeout',
  'handler-error',
  'backend-error',
  'tls-error',
  'no-route',
  'limit',
  'shutdown',
  'unknown',
] as const;

/** Registered HTTP methods (RFC 9110 and IANA's common ones); the rest is `_OTHER`, as OpenTelemetry has it. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY']);
export const methodLabel = (method: string): string => (METHODS.has(method) ? method : '_OTHER');

/** Query types worth a series of their own; the rest is `OTHER`. */
const QUERY_TYPES = new Set([
  'A', 'AAAA', 'CAA', 'CNAME', 'DNSKEY', 'DS', 'HTTPS', 'MX', 'NAPTR', 'NS', 'NSEC', 'NSEC3', 'PTR', 'RRSIG', 'SOA', 'SRV', 'SSHFP', 'SVCB', 'TLSA', 'TXT', 'ANY', 'AXFR', 'IXFR',
]); // prettier-ignore
export const queryTypeLabel = (type: string): string => (QUERY_TYPES.has(type) ? type : 'OTHER');

/** IANA DNS RCODE mnemonics; `unknown` where the host does not tell, the rest is `OTHER`. */
const RESPONSE_CODES = new Set([
  'NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE', 'DSOTYPENI', 'BADVERS', 'BADKEY', 'BADTIME', 'BADMODE', 'BADNAME', 'BADALG', 'BADTRUNC', 'BADCOOKIE',
]); // prettier-ignore
export function responseCodeLabel(code: string | undefined): string {
  if (code === undefined) return 'unknown';
  return RESPONSE_CODES.has(code) ? code : 'OTHER';
}

/** Upgrade protocols come from the network: only these become labels. */
export type TProtocolLabel = 'websocket' | 'h2c' | 'other';
export const protocolLabel = (protocol: string): TProtocolLabel =>
  protocol === 'websocket' || protocol === 'h2c' ? protocol : 'other';
