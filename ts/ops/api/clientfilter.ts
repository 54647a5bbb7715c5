import { net } from '../plugins.js';
import { normaliseIp } from '../../shared/ip.js';
import { badParameter } from '../classes.problem.js';

/** Whether an address, as privacy leaves it, is meant. */
export type TClientFilter = (shown: string | null) => boolean;

/** Of an address or a prefix. What is compared is what is shown, so that a filter cannot tell what privacy hides. */
export function clientFilter(text: string): TClientFilter {
  const [address, family, length] = parse(text) ?? [];
  if (address === undefined || family === undefined) {
    throw badParameter('client', 'an address or a prefix such as 192.0.2.0/24', text);
  }
  const wanted = new net.BlockList();
  if (length === undefined) wanted.addAddress(address, family);
  else wanted.addSubnet(address, length, family);
  return (shown) => {
    const [shownAddress, shownFamily, shownLength] = (shown === null ? null : parse(shown)) ?? [];
    if (shownAddress === undefined || shownFamily !== family) return false;
    // A masked address stands for its whole prefix: it is meant where all of that is.
    if (shownLength !== undefined && (length === undefined || shownLength < length)) return false;
    return wanted.check(shownAddress, shownFamily);
  };
}

function parse(text: string): [address: string, family: 'ipv4' | 'ipv6', length?: number] | null {
  const slash = text.indexOf('/');
  const address = normaliseIp(slash < 0 ? text : text.slice(0, slash));
  const version = net.isIP(address ?? '');
  if (address === null || version === 0) return null;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (slash < 0) return [address, family];
  const length = /^\d{1,3}$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : Infinity;
  return length <= (version === 4 ? 32 : 128) ? [address, family, length] : null;
}
