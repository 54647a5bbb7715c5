import { invalidOption } from '../shared/errors.js';
import { integerOption, optionsObject, rejectUnknown } from '../shared/options.js';
import { ADDRESS_RULE, addressMatcher, isAddressPattern, type TAddressMatcher } from './addresses.js';
import type { IEmbeddedProxyOptions } from './types.js';

const KNOWN = ['routes', 'host', 'acceptProxyProtocol', 'proxyIPs', 'headTimeoutMs', 'maxConnections'];
const HEAD_TIMEOUT_MS = 10_000;
const DAY_MS = 86_400_000;

export interface ICheckedOptions {
  readonly address: string;
  readonly headTimeoutMs: number;
  readonly maxConnections: number;
  readonly trusts: TAddressMatcher;
}

/** Checks everything but the routes. */
export function checkOptions(options: IEmbeddedProxyOptions): ICheckedOptions {
  optionsObject('EmbeddedProxy', options ?? null);
  rejectUnknown('EmbeddedProxy', options, KNOWN);
  const address: unknown = options.host ?? '127.0.0.1';
  if (typeof address !== 'string' || address === '') throw invalidOption('host', 'an address', address);
  const unlimited = Number.MAX_SAFE_INTEGER;
  return {
    address,
    headTimeoutMs: integerOption('headTimeoutMs', options.headTimeoutMs, HEAD_TIMEOUT_MS, 1, DAY_MS),
    maxConnections: integerOption('maxConnections', options.maxConnections, unlimited, 1, unlimited),
    trusts: trustOption(options),
  };
}

export function checkDrain(options: { readonly drainMs?: number | undefined } | undefined): number {
  optionsObject('stop()', options);
  rejectUnknown('stop()', options ?? {}, ['drainMs']);
  return integerOption('drainMs', options?.drainMs, 5000, 0, DAY_MS);
}

function trustOption({ acceptProxyProtocol, proxyIPs }: IEmbeddedProxyOptions): TAddressMatcher {
  if (acceptProxyProtocol !== undefined && typeof acceptProxyProtocol !== 'boolean') {
    throw invalidOption('acceptProxyProtocol', 'true or false', acceptProxyProtocol);
  }
  if (proxyIPs === undefined && acceptProxyProtocol !== true) return () => false;
  const rule = 'a list of the addresses in front, with at least one where acceptProxyProtocol is set';
  if (!Array.isArray(proxyIPs) || proxyIPs.length === 0) throw invalidOption('proxyIPs', rule, proxyIPs);
  for (const [index, address] of proxyIPs.entries()) {
    if (!isAddressPattern(address)) throw invalidOption(`proxyIPs[${index}]`, ADDRESS_RULE, address);
  }
  return acceptProxyProtocol === true ? addressMatcher(proxyIPs) : () => false;
}
