import type { ILogger } from '../interfaces/options.js';
import type { ISnapshotSource } from '../interfaces/snapshot.js';
import { invalidOption } from '../shared/errors.js';
import { functionOption, optionsObject, rejectUnknown, stringOption } from '../shared/options.js';
import { PrometheusExporter } from '../prometheus/index.js';
import type { IExporter } from './app.js';
import type { TTlsOptions } from './certificate.js';
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

export interface IOpsServerOptions extends IOpsHandlerOptions {
  /** Default `127.0.0.1`. What other machines can reach needs `auth`. */
  readonly host?: string | undefined;
  /** Default 9464; 0 takes a free one. */
  readonly port?: number | undefined;
  readonly tls?: TTlsOptions | undefined;
  /** Told of a renewed certificate that cannot be used. */
  readonly logger?: ILogger | undefined;
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
