/** SmartProxy's own types, as its documentation has them: mutable, without `| undefined`, unions of its own. */
import type * as net from 'node:net';

export interface IRouteContext {
  port: number;
  domain?: string;
  clientIp: string;
  serverIp: string;
  path?: string;
  query?: string;
  headers?: Record<string, string>;
  isTls: boolean;
  tlsVersion?: string;
  routeName?: string;
  routeId?: string;
  targetHost?: string | string[];
  targetPort?: number;
  timestamp: number;
  connectionId: string;
}
export type TSocketHandler = (socket: net.Socket, context: IRouteContext) => void | Promise<void>;
export interface IRouteConfig {
  id?: string;
  name?: string;
  match: { ports: number | number[] | { from: number; to: number }[]; domains?: string | string[]; path?: string };
  action: {
    type: 'forward' | 'socket-handler';
    targets?: { host: string; port: number }[];
    tls?: {
      mode: 'passthrough' | 'terminate' | 'terminate-and-reencrypt';
      certificate?: 'auto' | { key: string; cert: string };
    };
    socketHandler?: TSocketHandler;
  };
  priority?: number;
  security?: { ipAllowList?: string[] };
}
export interface IMetrics {
  connections: { active(): number; total(): number; byRoute(): Map<string, number>; byIP(): Map<string, number> };
  throughput: {
    instant(): { in: number; out: number };
    byRoute(windowSeconds?: number): Map<string, { in: number; out: number }>;
  };
}
