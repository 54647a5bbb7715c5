import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CONNECTION_DURATION_EDGES, REQUEST_DURATION_EDGES } from '../../ts/shared/buckets.js';
import type { IService } from './handlers.js';

/** As one writes it by hand: labels at each call. Connections, their bytes and time; requests by method and code. */
export function byHand({ handler, server }: IService, route: string): IService {
  const registers = [new Registry()];
  const own = { registers, help: 'benchmark', labelNames: ['route'] };
  const opened = new Counter({ ...own, name: 'connections_opened_total' });
  const closed = new Counter({ ...own, name: 'connections_closed_total', labelNames: ['route', 'reason'] });
  const active = new Gauge({ ...own, name: 'connections_active' });
  const bytesIn = new Counter({ ...own, name: 'received_bytes_total' });
  const bytesOut = new Counter({ ...own, name: 'sent_bytes_total' });
  const seconds = new Histogram({ ...own, name: 'connection_seconds', buckets: [...CONNECTION_DURATION_EDGES] });
  if (server !== undefined) {
    const labelNames = ['route', 'method', 'code'];
    const requests = new Counter({ ...own, name: 'requests_total', labelNames });
    const took = new Histogram({ ...own, name: 'request_seconds', buckets: [...REQUEST_DURATION_EDGES] });
    server.prependListener('request', (request, response) => {
      const end = took.startTimer({ route });
      response.once('close', () => {
        end();
        requests.inc({ route, method: request.method ?? '', code: response.statusCode });
      });
    });
  }
  return {
    handler: (socket) => {
      opened.inc({ route });
      active.inc({ route });
      const end = seconds.startTimer({ route });
      socket.once('close', (failed) => {
        end();
        active.dec({ route });
        closed.inc({ route, reason: failed ? 'error' : 'end' });
        bytesIn.inc({ route }, socket.bytesRead);
        bytesOut.inc({ route }, socket.bytesWritten);
      });
      handler(socket);
    },
  };
}
