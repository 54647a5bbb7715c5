import { isToken, TOKEN_RULE } from '../../ops/classes.tokenguard.js';
import { ConfigError, messageOf } from '../errors.js';
import { readText } from '../jsonfile.js';
import { crypto } from '../plugins.js';
import type { IStatsTarget } from './classes.statsclient.js';

export interface ITargetOptions {
  readonly tokenFile?: string | undefined;
  readonly ca?: string | undefined;
}

/** With the files read. Throws a `ConfigError` that says what is wrong with them. */
export function targetOf(url: URL, { tokenFile, ca }: ITargetOptions): IStatsTarget {
  const fromEnvironment = process.env['ROUTEMETER_TOKEN'];
  const [token, where] =
    tokenFile !== undefined
      ? [readText(tokenFile).trim(), tokenFile]
      : [fromEnvironment === '' ? undefined : fromEnvironment, 'ROUTEMETER_TOKEN'];
  // The value itself never goes into a message.
  if (token !== undefined && !isToken(token)) {
    throw new ConfigError([`${where}: must hold ${TOKEN_RULE}, not ${token.length} characters`]);
  }
  return { url, token, ca: ca === undefined ? undefined : authority(ca) };
}

function authority(file: string): string {
  const pem = readText(file);
  try {
    new crypto.X509Certificate(pem);
  } catch (error) {
    throw new ConfigError([`${file}: must be a certificate in PEM: ${messageOf(error)}`]);
  }
  return pem;
}
