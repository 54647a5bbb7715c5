import { net } from './plugins.js';

export type TAddressMatcher = (address: string) => boolean;

export const ADDRESS_RULE = 'an address, a CIDR block or an IPv4 prefix like "10.1.*"';

/** Whether `addressMatcher` takes it. */
export function isAddressPattern(pattern: unknown): pattern is string {
  if (typeof pattern !== 'string') return false;
  try {
    addressMatcher([pattern]);
    return true;
  } catch {
    return false;
  }
}

/**
 * Matches normalised addresses against exact ones, CIDR blocks, and IPv4 prefixes such as `10.1.*`; `*` is every address.
 * Throws a `RangeError` for anything else, with the rule it breaks.
 */
export function addressMatcher(patterns: readonly string[]): TAddressMatcher {
  const list = new net.BlockList();
  for (const pattern of patterns) add(list, pattern);
  return (address) => list.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4');
}

function add(list: net.BlockList, pattern: string): void {
  const [address = '', bits, ...rest] = pattern.split('/');
  const family = net.isIPv6(address) ? 'ipv6' : 'ipv4';
  if (pattern === '*') {
    list.addSubnet('0.0.0.0', 0, 'ipv4');
    list.addSubnet('::', 0, 'ipv6');
  } else if (/^(\d{1,3}\.){1,3}\*(\.\*){0,2}$/.test(pattern)) {
    const octets = pattern.split('.').filter((octet) => octet !== '*');
    const base = [...octets, '0', '0', '0'].slice(0, 4).join('.');
    if (pattern.split('.').length > 4 || !net.isIPv4(base)) throw notAnAddress(pattern);
    list.addSubnet(base, octets.length * 8, 'ipv4');
  } else if (net.isIP(address) === 0 || rest.length > 0) {
    throw notAnAddress(pattern);
  } else if (bits === undefined) {
    list.addAddress(address, family);
  } else {
    const max = family === 'ipv6' ? 128 : 32;
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > max) throw notAnAddress(pattern);
    list.addSubnet(address, Number(bits), family);
  }
}

const notAnAddress = (pattern: string): RangeError => new RangeError(`${ADDRESS_RULE}, not "${pattern}"`);
