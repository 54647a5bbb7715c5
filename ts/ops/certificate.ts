import { tls } from './plugins.js';
import { RoutemeterError } from '../shared/errors.js';
import { optionsObject, rejectUnknown, stringOption } from '../shared/options.js';

export interface ITlsPair {
  /** PEM. */
  readonly key: string | Buffer;
  /** PEM: the certificate, then its chain. */
  readonly cert: string | Buffer;
}

/** Paths of PEM files. They are watched: a pair that replaces them is served without a new start. */
export interface ITlsFiles {
  readonly keyFile: string;
  readonly certFile: string;
}

export type TTlsOptions = ITlsPair | ITlsFiles;

/** A pair is tried here, files are read by `start()`. */
export function tlsOption(options: TTlsOptions | undefined): TTlsOptions | undefined {
  if (options === undefined) return undefined;
  optionsObject('tls', options);
  if ('keyFile' in options || 'certFile' in options) {
    rejectUnknown('tls', options, ['keyFile', 'certFile']);
    const { keyFile, certFile } = options as ITlsFiles;
    return { keyFile: stringOption('tls.keyFile', keyFile), certFile: stringOption('tls.certFile', certFile) };
  }
  rejectUnknown('tls', options, ['key', 'cert']);
  const { key, cert } = options;
  for (const [name, value] of Object.entries<unknown>({ key, cert })) {
    // Only the kind of value is told: it may be a key.
    if ((typeof value !== 'string' || value === '') && !Buffer.isBuffer(value)) {
      throw new RoutemeterError('ERR_CERTIFICATE', `option "tls.${name}" must be PEM text, not ${kindOf(value)}`);
    }
  }
  return checkedPair({ key, cert }, 'option "tls": key and cert');
}

/**
 * The pair, tried: a server that listens with a bad one fails each client instead.
 *
 * @throws ERR_CERTIFICATE, which calls the pair `what` and repeats nothing of it
 */
export function checkedPair(pair: ITlsPair, what: string): ITlsPair {
  try {
    tls.createSecureContext(pair);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${what} are no usable pair of PEM texts: ${reason}`;
    throw new RoutemeterError('ERR_CERTIFICATE', message, { cause: error });
  }
  return pair;
}

const kindOf = (value: unknown): string => (value === '' ? 'empty' : `of type ${typeof value}`);
