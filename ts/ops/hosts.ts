import { net } from './plugins.js';
import { invalidOption } from '../shared/errors.js';

/** Whether a `Host` (name, or name and port) is one of ours. */
export type THostCheck = (authority: string) => boolean;

export const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/** `ports: null` is any port. */
export interface IHostRule {
  readonly name: string;
  readonly ports: readonly (number | null)[] | null;
}

/**
 * DNS rebinding: a page of a foreign name can have that name point here, and the browser then sends our answers to it.
 * What it cannot do is send a `Host` of ours, so only those are served.
 */
export function hostCheck(rules: readonly IHostRule[], anyAddress = false): THostCheck {
  return (authority) => {
    const host = parseHost(authority);
    if (host === null) return false;
    if (anyAddress && isAddress(host.name)) return true;
    return rules.some((rule) => rule.name === host.name && (rule.ports?.includes(host.port) ?? true));
  };
}

/** `allowedHosts`: a name for any port, or a name and port. */
export function configuredHosts(allowedHosts: readonly string[] | undefined): IHostRule[] {
  if (allowedHosts === undefined) return [];
  if (!Array.isArray(allowedHosts)) throw invalidOption('allowedHosts', 'a list of host names', allowedHosts);
  return allowedHosts.map((entry: unknown) => {
    const host = typeof entry === 'string' ? parseHost(bracketed(entry)) : null;
    if (host === null) throw invalidOption('allowedHosts', 'a list of host names, each with or without a port', entry);
    return { name: host.name, ports: host.port === null ? null : [host.port] };
  });
}

/** Loopback names on any port: for a handler that does not know where it is mounted. */
export const loopbackHosts = (): IHostRule[] => LOOPBACK_NAMES.map((name) => ({ name, ports: null }));

/**
 * What a server that listens on `address` (asked for as `host`) is called. Clients leave a scheme's own port out, so
 * that one stands for a port forwarded from 80 or 443.
 */
export function serverHosts(host: string, address: string, port: number): IHostRule[] {
  const own = [bracketed(host).toLowerCase(), bracketed(address).toLowerCase()];
  const names = isLoopback(host) || isWildcard(address) ? [...own, ...LOOPBACK_NAMES] : own;
  return names.map((name) => ({ name, ports: [port, null, 80, 443] }));
}

/** Bound to every address: then any address may be ours, and one is safe, because rebinding needs a name. */
export const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Only what cannot be reached from another machine. Any other name might resolve to anything. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || (net.isIPv4(name) && name.startsWith('127.'));
}

/** IPv6 addresses stand in brackets in a URL and in `Host`. */
export const bracketed = (host: string): string => (net.isIPv6(host) ? `[${host}]` : host);

function isAddress(name: string): boolean {
  return net.isIPv4(name) || (name.startsWith('[') && net.isIPv6(name.slice(1, -1)));
}

function parseHost(authority: string): { name: string; port: number | null } | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/.exec(authority.toLowerCase());
  if (match?.[1] === undefined) return null;
  return { name: match[1], port: match[2] === undefined ? null : Number(match[2]) };
}
