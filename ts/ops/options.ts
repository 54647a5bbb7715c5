import { tls } from './plugins.js';
import type { ISnapshotSource } from '../interfaces/snapshot.js';
import { invalidOption, RoutemeterError } from '../shared/errors.js';
import { functionOption, optionsObject, rejectUnknown, stringOption } from '../shared/options.js';
import { PrometheusExporter } from '../prometheus/index.js';
import type { IExporter } from './app.js';
import type { IAuthOptions } from './classes.tokenguard.js';

export interface IOpsHandlerOptions {
  /** A MetricsManager, or anything that gives snapshots. */
  readonly source: ISnapshotSource;
  /** Renders `/metrics`; a PrometheusExporter over `source` unless given. */
  readonly exporter?: IExporter | undefined;
  /** Without it, whoever reaches the handler may read. */
  readonly auth?: IAuthOptions | undefined;
  /** What `Host` may say besides our own names: names for any port, or `name:port`. */
  readonly allowedHosts?: readonly string[] | undefined;
}

export interface ITlsOptions {
  /** PEM. */
  readonly key: string | Buffer;
  /** PEM: the certificate, then its chain. */
  readonly cert: string | Buffer;
}

export interface IOpsServerOptions extends IOpsHandlerOptions {
  /** Default `127.0.0.1`. What other machines can reach needs `auth`. */
  readonly host?: string | undefined;
  /** Default 9464; 0 takes a free one. */
  readonly port?: number | undefined;
  readonly tls?: ITlsOptions | undefined;
}

/** The constructors' argument: an object with known keys only. */
export function requiredOptions(owner: string, options: object | undefined, known: readonly string[]): void {
  optionsObject(owner, options ?? null);
  rejectUnknown(owner, options ?? {}, known);
}

export function sourceOption(source: ISnapshotSource): ISnapshotSource {
  if (typeof (source as Partial<ISnapshotSource> | undefined)?.snapshot !== 'function') {
    throw invalidOption('source', 'an object with snapshot()', source);
  }
  return source;
}

/** The exporter to ask, and the same where it was made here and so is to be given back here. */
export function exporterOption(
  exporter: IExporter | undefined,
  source: ISnapshotSource,
): { readonly exporter: IExporter; readonly own: PrometheusExporter | null } {
  if (exporter === undefined) {
    const own = new PrometheusExporter(source);
    return { exporter: own, own };
  }
  functionOption('exporter.render', (exporter as Partial<IExporter> | null)?.render);
  return { exporter, own: null };
}

export function hostOption(host: string | undefined): string {
  return host === undefined ? '127.0.0.1' : stringOption('host', host);
}

/** The pair is tried here, because a server that listens with a bad one fails each client instead. */
export function tlsOption(options: ITlsOptions | undefined): ITlsOptions | undefined {
  if (options === undefined) return undefined;
  optionsObject('tls', options);
  rejectUnknown('tls', options, ['key', 'cert']);
  const { key, cert } = options;
  for (const [name, value] of Object.entries<unknown>({ key, cert })) {
    // Only the kind of value is told: it may be a key.
    if ((typeof value !== 'string' || value === '') && !Buffer.isBuffer(value)) {
      throw new RoutemeterError('ERR_CERTIFICATE', `option "tls.${name}" must be PEM text, not ${kindOf(value)}`);
    }
  }
  try {
    tls.createSecureContext({ key, cert });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `option "tls": key and cert are no usable pair of PEM texts: ${reason}`;
    throw new RoutemeterError('ERR_CERTIFICATE', message, { cause: error });
  }
  return { key, cert };
}

const kindOf = (value: unknown): string => (value === '' ? 'empty' : `of type ${typeof value}`);
