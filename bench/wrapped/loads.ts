/** What is compared: loads, and for each the servers that take it. */
export const LOADS = ['bulk', 'short', 'http', 'express', 'websocket', 'tls'] as const;
export type TLoad = (typeof LOADS)[number];

export const VARIANTS = ['bare', 'wrapped', 'prom-client', 'opentelemetry', 'express-prom-bundle'] as const;
export type TVariant = (typeof VARIANTS)[number];

export interface ILoad {
  readonly title: string;
  /** What is counted. */
  readonly unit: string;
  readonly variants: readonly TVariant[];
  /** Times as long as other visits: its units are few. */
  readonly length?: number;
}

export const COMPARED: Readonly<Record<TLoad, ILoad>> = {
  bulk: { title: 'bulk TCP', unit: 'MB', variants: ['bare', 'wrapped'] },
  short: { title: 'short connections', unit: 'connection', variants: ['bare', 'wrapped', 'prom-client'] },
  http: {
    title: 'HTTP keep-alive',
    unit: 'request',
    variants: ['bare', 'wrapped', 'prom-client', 'opentelemetry'],
  },
  express: { title: 'HTTP, express', unit: 'request', variants: ['bare', 'wrapped', 'express-prom-bundle'] },
  websocket: { title: 'WebSocket', unit: 'message', variants: ['bare', 'wrapped'] },
  tls: { title: 'TLS handshakes', unit: 'handshake', variants: ['bare', 'wrapped'], length: 2 },
};
