import { invalidOption } from '../../shared/errors.js';
import { arrayOption, integerOption, optionsObject, rejectUnknown } from '../../shared/options.js';
import { net } from '../plugins.js';
import type { IListenAddress } from './classes.udplistener.js';

export interface IFrontAddress {
  /** A literal address. */
  readonly host: string;
  /** `0`: any free one; `MetricsAwareDns.addresses` tells which. */
  readonly port: number;
}

export function listOf<TGiven, TRead>(
  name: string,
  value: readonly TGiven[],
  read: (name: string, value: TGiven) => TRead,
): TRead[] {
  arrayOption(name, value);
  return value.map((entry, index) => read(`${name}[${index}]`, entry));
}

/** `{ host, port }`, and what else is known of it; its port is at least `minPort`. */
export function readAddress(
  name: string,
  value: IFrontAddress,
  minPort = 0,
  more: readonly string[] = [],
): IListenAddress {
  optionsObject(name, value);
  if (typeof value !== 'object') throw invalidOption(name, `{ ${['host', 'port', ...more].join(', ')} }`, value);
  rejectUnknown(name, value, ['host', 'port', ...more]);
  if (net.isIP(value.host) === 0) throw invalidOption(`${name}.host`, 'an IPv4 or IPv6 address', value.host);
  if (typeof value.port !== 'number') throw invalidOption(`${name}.port`, 'a port', value.port);
  return { host: value.host, port: integerOption(`${name}.port`, value.port, 0, minPort, 65_535) };
}
