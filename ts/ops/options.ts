import type { ILogger, TPrivacy } from '../interfaces/options.js';
import type { ISnapshotSource } from '../interfaces/snapshot.js';
import type { IDnsSource, IProxySource } from '../interfaces/source.js';
import { invalidOption } from '../shared/errors.js';
import {
  arrayOption,
  choiceOption,
  functionOption,
  optionsObject,
  rejectUnknown,
  stringOption,
} from '../shared/options.js';
import { PrometheusExporter } from '../prometheus/index.js';
import type { IPageFigures } from '../prometheus/index.js';
import type { TTlsOptions } from './certificate.js';
import type { TChunks } from './chunks.js';
import type { IAuthOptions } from './classes.tokenguard.js';

/** Whatever renders an exposition for an `Accept` header: a PrometheusExporter. It rejects when it cannot. */
export interface IExporter {
  render(accept: string | undefined): Promise<{
    readonly contentType: string;
    readonly body: string;
    /** The body in UTF-8, in pieces; what is sent where it is there. */
    readonly chunks?: TChunks | undefined;
    readonly release?: (() => void) | undefined;
  }>;
  readonly lastPage?: IPageFigures | null | undefined;
}

export interface IOpsHandlerOptions {
  /** A MetricsManager, or anything that gives snapshots. */
  readonly source: ISnapshotSource;
  /** Where the open connections and the stream of events come from; without it neither is served. */
  readonly events?: readonly (IProxySource | IDnsSource)[] | undefined;
  /** How the clients' addresses of `events` are told, which no manager has touched. Default `full`. */
  readonly privacy?: TPrivacy | undefined;
  /** Renders `/metrics`; a PrometheusExporter over `source` unless given. */
  readonly exporter?: IExporter | undefined;
  /** Without it, whoever reaches the handler may read. */
  readonly auth?: IAuthOptions | undefined;
  /** What `Host` may say besides our own names: names for any port, or `name:port`. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Origins whose pages may read the answers, such as `https://ops.example`. Default none. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Told of a guard of a typed router that fails and of a renewed certificate that cannot be used. */
  readonly logger?: ILogger | undefined;
}

export const HANDLER_OPTIONS: readonly string[] = [
  'source',
  'events',
  'privacy',
  'exporter',
  'auth',
  'allowedHosts',
  'allowedOrigins',
  'logger',
];

export interface IOpsServerOptions extends IOpsHandlerOptions {
  /** Default `127.0.0.1`. What other machines can reach needs `auth`. */
  readonly host?: string | undefined;
  /** Default 9464; 0 takes a free one. */
  readonly port?: number | undefined;
  readonly tls?: TTlsOptions | undefined;
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

export function eventsOption(
  events: readonly (IProxySource | IDnsSource)[] | undefined,
): readonly (IProxySource | IDnsSource)[] {
  if (events === undefined) return [];
  arrayOption('events', events);
  for (const [index, source] of events.entries()) {
    const { kind, on, off } = (source as Partial<IProxySource | IDnsSource> | null | undefined) ?? {};
    if ((kind !== 'proxy' && kind !== 'dns') || typeof on !== 'function' || typeof off !== 'function') {
      throw invalidOption(`events[${index}]`, 'a MetricsAwareProxy or a MetricsAwareDns', source);
    }
  }
  return [...events];
}

export const privacyOption = (privacy: TPrivacy | undefined): TPrivacy =>
  choiceOption('privacy', privacy, 'full', ['full', 'mask', 'none']);

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
