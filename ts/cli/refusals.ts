import { ADDRESS_RULE, isAddressPattern } from '../embedded/addresses.js';
import { isLoopback } from '../ops/hosts.js';
import { isToken, TOKEN_RULE } from '../ops/classes.tokenguard.js';
import type { TConfigFile } from '../schema/config.js';
import { describe } from '../shared/errors.js';
import { RESERVED_ROUTES } from '../shared/labels.js';
import type { TPath } from './jsonfile.js';

/** Told of each broken rule: where it is broken, and how. */
export type TRefuse = (path: TPath, text: string) => void;

/**
 * What the parts' constructors would refuse in the words of their options, told in those of the file. `token` is the
 * one that counts, wherever it came from.
 */
export function refusals(file: TConfigFile, token: string | undefined, refuse: TRefuse): void {
  const { routes, acceptProxyProtocol, proxyIPs } = file.proxy;
  const addresses = (list: readonly string[] | undefined, path: TPath): void => {
    for (const [index, pattern] of (list ?? []).entries()) {
      if (!isAddressPattern(pattern)) refuse([...path, index], `must be ${ADDRESS_RULE}, not ${describe(pattern)}`);
    }
  };
  for (const [index, { name, match }] of routes.entries()) {
    const route = ['proxy', 'routes', index];
    if (name !== undefined && RESERVED_ROUTES.includes(name)) {
      const others = `other than the reserved ${RESERVED_ROUTES.join(', ')}`;
      refuse([...route, 'name'], `must be a name ${others}, not ${describe(name)}`);
    }
    addresses(match.clientIp, [...route, 'match', 'clientIp']);
  }
  addresses(proxyIPs, ['proxy', 'proxyIPs']);
  if (acceptProxyProtocol === true && proxyIPs === undefined) {
    refuse(['proxy', 'proxyIPs'], 'is missing: it must list the addresses in front where acceptProxyProtocol is true');
  }
  const { host, tokenFile } = file.ops ?? {};
  if (token !== undefined && !isToken(token)) {
    const path = ['ops', tokenFile === undefined ? 'token' : 'tokenFile'];
    // The value itself never goes into a message: messages end in logs.
    refuse(path, `must ${tokenFile === undefined ? 'be' : 'hold'} ${TOKEN_RULE}, not ${token.length} characters`);
  }
  if (token === undefined && tokenFile === undefined && host !== undefined && !isLoopback(host)) {
    const rule =
      'an address that no other machine can reach, such as 127.0.0.1, where "token" and "tokenFile" are absent';
    refuse(['ops', 'host'], `must be ${rule}, not ${describe(host)}`);
  }
}
