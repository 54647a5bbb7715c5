/** What is compared: loads, and for each the servers that take it. */
export const LOADS = ['bulk', 'short', 'http', 'express', 'websocket', 'tls'] as const;
export type TLoad = (typeof LOADS)[number];

/** `bare again`: the same as `bare`, so that by how much the two differ is what a figure is worth. */
export const VARIANTS = [
  'bare',
  'bare again',
  'wrapped',
  'prom-client',
  'opentelemetry',
  'express-prom-bundle',
] as const;
export type TVariant = (typeof VARIANTS)[number];

export interface ILoad {
  readonly title: string;
  /** What is counted. */
  readonly unit: string;
  readonly variants: readonly TVariant[];
  /**
   * Units that each process serves before it is measured: so long the compiler is at work, whose threads take as much as
   * the serving itself, and more where there is more code.
   */
  readonly warmUp: number;
  /** Times as long as other visits: its units are few. */
  readonly length?: number;
}

export const COMPARED: Readonly<Record<TLoad, ILoad>> = {
  bulk: { title: 'bulk TCP', unit: 'MB', variants: ['bare', 'bare again', 'wrapped'], warmUp: 500 },
  short: {
    title: 'short connections',
    unit: 'connection',
    variants: ['bare', 'bare again', 'wrapped', 'prom-client'],
    warmUp: 15_000,
  },
  http: {
    title: 'HTTP keep-alive',
    unit: 'request',
    variants: ['bare', 'bare again', 'wrapped', 'prom-client', 'opentelemetry'],
    warmUp: 60_000,
  },
  express: {
    title: 'HTTP, express',
    unit: 'request',
    variants: ['bare', 'wrapped', 'express-prom-bundle'],
    warmUp: 15_000,
  },
  websocket: {
    title: 'WebSocket',
    unit: 'message',
    variants: ['bare', 'bare again', 'wrapped'],
    warmUp: 60_000,
  },
  tls: {
    title: 'TLS handshakes',
    unit: 'handshake',
    variants: ['bare', 'bare again', 'wrapped'],
    warmUp: 6_000,
    length: 2,
  },
};
