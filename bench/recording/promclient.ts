import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CONNECTION_DURATION_EDGES, DNS_DURATION_EDGES, REQUEST_DURATION_EDGES } from '../../ts/shared/buckets.js';
import type { IRecorder } from './recorder.js';

interface ICounts {
  inc(value: number): void;
}
interface IObserves {
  observe(value: number): void;
}

type TLabels = Record<string, string>;

/** `bound`: children are made once with `labels()`; else labels are written out each time. */
export function promClient(bound: boolean): IRecorder {
  const registers = [new Registry()];
  const help = 'benchmark';
  const counter = (name: string, labels: () => TLabels): ICounts => {
    const own = new Counter({ name, help, labelNames: Object.keys(labels()), registers });
    return bound ? own.labels(labels()) : { inc: (value) => own.inc(labels(), value) };
  };
  const histogram = (name: string, labels: () => TLabels, edges: readonly number[]): IObserves => {
    const own = new Histogram({ name, help, labelNames: Object.keys(labels()), buckets: [...edges], registers });
    return bound ? own.labels(labels()) : { observe: (value) => own.observe(labels(), value) };
  };
  const gauge = (name: string, labels: () => TLabels): ICounts => {
    const own = new Gauge({ name, help, labelNames: Object.keys(labels()), registers });
    return bound ? own.labels(labels()) : { inc: (value) => own.inc(labels(), value) };
  };
  const active = gauge('active', () => ({ route: 'web', source: 'wrapped' }));
  const inFlight = gauge('requests_in_flight', () => ({ route: 'web' }));
  const queriesInFlight = gauge('queries_in_flight', () => ({}));
  const opened = counter('opened_total', () => ({ route: 'web' }));
  const closed = counter('closed_total', () => ({ route: 'web', reason: 'client-end' }));
  const received = counter('received_total', () => ({ route: 'web' }));
  const sent = counter('sent_total', () => ({ route: 'web' }));
  const requests = counter('requests_total', () => ({ route: 'web', method: 'GET', code: '200' }));
  const requestSeconds = histogram('request_seconds', () => ({ route: 'web' }), REQUEST_DURATION_EDGES);
  const connectionSeconds = histogram('connection_seconds', () => ({ route: 'web' }), CONNECTION_DURATION_EDGES);
  const queries = counter('queries_total', () => ({ transport: 'unknown', qtype: 'A' }));
  const responses = counter('responses_total', () => ({ transport: 'unknown', rcode: 'NOERROR' }));
  const querySeconds = histogram('query_seconds', () => ({ transport: 'unknown' }), DNS_DURATION_EDGES);
  return {
    life: () => {
      opened.inc(1);
      active.inc(1);
      for (let request = 0; request < 2; request++) {
        inFlight.inc(1);
        inFlight.inc(-1);
        requests.inc(1);
        requestSeconds.observe(0.003);
      }
      for (let sample = 0; sample < 3; sample++) {
        received.inc(100);
        sent.inc(1000);
      }
      active.inc(-1);
      closed.inc(1);
      connectionSeconds.observe(0.05);
    },
    query: () => {
      queries.inc(1);
      queriesInFlight.inc(1);
      queriesInFlight.inc(-1);
      responses.inc(1);
      querySeconds.observe(0.0002);
    },
  };
}
