/** The same server, measured by others. */
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { createRequire } from 'node:module';
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

/** Without a reader the SDK records nothing. */
class IdleReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {
    // There is nowhere to flush to.
  }

  protected override async onShutdown(): Promise<void> {
    // Nor anything to shut down.
  }
}

/** Metrics of HTTP; of traces, those that nobody collects. */
export function instrumentHttp(): void {
  const instrumentation = new HttpInstrumentation();
  instrumentation.setMeterProvider(new MeterProvider({ readers: [new IdleReader()] }));
  instrumentation.enable();
  // It takes hold of a module when that is required.
  createRequire(import.meta.url)('http');
}
