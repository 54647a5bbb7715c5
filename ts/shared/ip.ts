import { net } from '../plugins.js';
import type { TPrivacy } from '../interfaces/options.js';

const MAPPED = '::ffff:';

/** IPv4-mapped IPv6 becomes IPv4, a zone id (`%eth0`) goes, letters become lower case. Empty becomes `null`. */
export function normaliseIp(address: string | null | undefined): string | null {
  if (address === undefined || address === null || address === '') return null;
  // The common case first: plain IPv4 has no colon and no letter.
  if (!address.includes(':')) return address;
  const lower = address.toLowerCase();
  const zone = lower.indexOf('%');
  const bare = zone < 0 ? lower : lower.slice(0, zone);
  if (bare.startsWith(MAPPED) && net.isIPv4(bare.slice(MAPPED.length))) return bare.slice(MAPPED.length);
  return bare;
}

/** Applies privacy to a normalised address: `mask` keeps /24 of IPv4 and /48 of IPv6, `none` keeps nothing. */
export function privateIp(address: string | null, privacy: TPrivacy): string | null {
  if (address === null || privacy === 'none') return null;
  if (privacy === 'full') return address;
  if (net.isIPv4(address)) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`;
  if (!net.isIPv6(address)) return null;
  return `${first48(address)}/48`;
}

/** The first three groups in RFC 5952's form: no leading zeros, and `::` for all that follows. */
function first48(address: string): string {
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  // What `::` stands for is zeros; without one it stands for none.
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  const groups = [...left, ...zeros, ...right].slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16));
  while (groups.at(-1) === '0') groups.pop();
  return `${groups.join(':')}::`;
}
