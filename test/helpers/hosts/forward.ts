import * as net from 'node:net';
import type { IRouteConfig } from '../../../ts/interfaces/smartproxy.js';
import type { FakeMetrics } from './fakemetrics.js';

/** What the fakes do with a route of type `forward`: one target, no retries, bytes told to their own metrics. */
export function forward(socket: net.Socket, route: IRouteConfig, metrics: FakeMetrics, firstChunk?: Buffer): void {
  const target = route.action.targets?.[0];
  if (target === undefined) {
    socket.destroy();
    return;
  }
  const name = route.name ?? '';
  const backend = net.connect({ port: target.port, host: target.host, allowHalfOpen: true });
  backend.on('error', () => socket.destroy());
  socket.on('error', () => backend.destroy());
  socket.on('data', (chunk) => metrics.forwarded(name, chunk.length, 0));
  backend.on('data', (chunk) => metrics.forwarded(name, 0, chunk.length));
  if (firstChunk !== undefined) {
    metrics.forwarded(name, firstChunk.length, 0);
    backend.write(firstChunk);
  }
  socket.pipe(backend);
  backend.pipe(socket);
}
