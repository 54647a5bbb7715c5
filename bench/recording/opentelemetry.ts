import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { CONNECTION_DURATION_EDGES, DNS_DURATION_EDGES, REQUEST_DURATION_EDGES } from '../../ts/shared/buckets.js';
import type { IRecorder } from './recorder.js';

/** Without a reader the SDK records nothing. */
class IdleReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {
    // There is nowhere to flush to.
  }

  protected override async onShutdown(): Promise<void> {
    // Nor anything to shut down.
  }
}

export function openTelemetry(): IRecorder {
  const meter = new MeterProvider({ readers: [new IdleReader()] }).getMeter('benchmark');
  const histogram = (name: string, edges: readonly number[]) =>
    meter.createHistogram(name, { advice: { explicitBucketBoundaries: [...edges] } });
  const opened = meter.createCounter('opened');
  const closed = meter.createCounter('closed');
  const active = meter.createUpDownCounter('active');
  const inFlight = meter.createUpDownCounter('requests_in_flight');
  const queriesInFlight = meter.createUpDownCounter('queries_in_flight');
  const received = meter.createCounter('received');
  const sent = meter.createCounter('sent');
  const requests = meter.createCounter('requests');
  const requestSeconds = histogram('request_seconds', REQUEST_DURATION_EDGES);
  const connectionSeconds = histogram('connection_seconds', CONNECTION_DURATION_EDGES);
  const queries = meter.createCounter('queries');
  const responses = meter.createCounter('responses');
  const querySeconds = histogram('query_seconds', DNS_DURATION_EDGES);
  return {
    life: () => {
      opened.add(1, { route: 'web' });
      active.add(1, { route: 'web', source: 'wrapped' });
      for (let request = 0; request < 2; request++) {
        inFlight.add(1, { route: 'web' });
        inFlight.add(-1, { route: 'web' });
        requests.add(1, { route: 'web', method: 'GET', code: '200' });
        requestSeconds.record(0.003, { route: 'web' });
      }
      for (let sample = 0; sample < 3; sample++) {
        received.add(100, { route: 'web' });
        sent.add(1000, { route: 'web' });
      }
      active.add(-1, { route: 'web', source: 'wrapped' });
      closed.add(1, { route: 'web', reason: 'client-end' });
      connectionSeconds.record(0.05, { route: 'web' });
    },
    query: () => {
      queries.add(1, { transport: 'unknown', qtype: 'A' });
      queriesInFlight.add(1);
      queriesInFlight.add(-1);
      responses.add(1, { transport: 'unknown', rcode: 'NOERROR' });
      querySeconds.record(0.0002, { transport: 'unknown' });
    },
  };
}
