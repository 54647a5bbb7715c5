export { PrometheusExporter } from './classes.prometheusexporter.js';
export type { IExpositionPage, IPageFigures, IPrometheusExporterOptions } from './classes.prometheusexporter.js';
export type { IPromClientRegistry } from './classes.bridgedmetric.js';
export type { ILeftOut, IMetricsRegistry, TLeftOutReason } from './foreign.js';
