import { RoutemeterError } from '../../../shared/errors.js';
import { tls } from '../../plugins.js';
import { type IFrontAddress, readAddress } from '../address.js';
import type { IDohAddress } from './classes.dohlistener.js';

export interface IFrontDohAddress extends IFrontAddress {
  /** PEM texts. */
  readonly key: string;
  readonly cert: string;
}

/** The pair is tried here, because a server that listens with a bad one fails each client instead. */
export function readDohAddress(name: string, value: IFrontDohAddress): IDohAddress {
  const address = readAddress(name, value, 0, ['key', 'cert']);
  const { key, cert } = value;
  for (const [part, text] of Object.entries<unknown>({ key, cert })) {
    // Only the kind of value is told: it may be a key.
    if (typeof text !== 'string' || text === '') throw refused(`${name}.${part}`, 'must be PEM text');
  }
  try {
    tls.createSecureContext({ key, cert });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refused(name, `has no usable pair of key and cert: ${reason}`, error);
  }
  return { ...address, key, cert };
}

const refused = (option: string, why: string, cause?: unknown): RoutemeterError =>
  new RoutemeterError('ERR_CERTIFICATE', `option "${option}" ${why}`, { cause });
