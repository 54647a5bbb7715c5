/**
 * What recording costs: one connection life (open, 3 traffic, 2 requests, close) and one DNS query through the whole
 * write side (emitter, fence, manager), beside the same counters and histograms kept by hand with prom-client.
 * Alternating rounds in one process; the median and the spread are printed. Nothing here touches a socket.
 *
 *   node --import tsx bench/recording.ts
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CONNECTION_DURATION_EDGES, DNS_DURATION_EDGES, REQUEST_DURATION_EDGES } from '../ts/shared/buckets.js';
import { MetricsManager } from '../ts/index.js';
import { FakeDnsSource, FakeProxySource } from '../test/helpers/fakesource.js';

const ROUNDS = 15;
const LIVES = 20_000;

function routemeter(): { life: (id: number) => void; query: (id: number) => void } {
  const manager = new MetricsManager();
  const proxy = new FakeProxySource();
  const dns = new FakeDnsSource();
  manager.observe(proxy);
  manager.observe(dns);
  return {
    life: (connectionId) => {
      // Literals, as the wrapper makes them: a spread would cost more than what is measured.
      const timestamp = 1_700_000_000_000;
      proxy.emit('connection-open', {
        connectionId,
        routeName: 'web',
        clientIp: '192.0.2.1',
        type: 'http',
        port: 80,
        timestamp,
      });
      for (let request = 0; request < 2; request++) {
        proxy.emit('request-start', { connectionId, routeName: 'web', method: 'GET' });
        proxy.emit('request', {
          connectionId,
          routeName: 'web',
          method: 'GET',
          statusCode: 200,
          durationMs: 3,
          timestamp,
        });
      }
      for (let sample = 0; sample < 3; sample++) {
        proxy.emit('traffic', {
          connectionId,
          routeName: 'web',
          clientIp: '192.0.2.1',
          bytesIn: 100,
          bytesOut: 1000,
          sendQueue: 0,
          halfOpen: false,
        });
      }
      proxy.emit('connection-close', {
        connectionId,
        routeName: 'web',
        clientIp: '192.0.2.1',
        type: 'http',
        duration: 50,
        bytesIn: 300,
        bytesOut: 3000,
        bytesTransferred: 3300,
        reason: 'client-end',
        reaped: false,
        timestamp,
      });
    },
    query: (queryId) => {
      dns.emit('query-received', { queryId, type: 'A', domain: 'www.example.test', source: 'unknown', timestamp: 0 });
      dns.emit('query-answered', {
        queryId,
        source: 'unknown',
        type: 'A',
        domain: 'www.example.test',
        result: null,
        cached: false,
        responseTime: 0.2,
        answered: true,
      });
    },
  };
}

function promClient(): { life: () => void; query: () => void } {
  const registers = [new Registry()];
  const help = 'benchmark';
  const counter = (name: string, labelNames: string[]): Counter => new Counter({ name, help, labelNames, registers });
  const histogram = (name: string, labelNames: string[], buckets: number[]): Histogram =>
    new Histogram({ name, help, labelNames, buckets, registers });
  const opened = counter('opened_total', ['route']);
  const closed = counter('closed_total', ['route', 'reason']);
  const active = new Gauge({ name: 'active', help, labelNames: ['route'], registers });
  const received = counter('received_total', ['route']);
  const sent = counter('sent_total', ['route']);
  const requests = counter('requests_total', ['route', 'method', 'code']);
  const requestSeconds = histogram('request_seconds', ['route'], [...REQUEST_DURATION_EDGES]);
  const connectionSeconds = histogram('connection_seconds', ['route'], [...CONNECTION_DURATION_EDGES]);
  const queries = counter('queries_total', ['transport', 'qtype']);
  const responses = counter('responses_total', ['transport', 'rcode']);
  const querySeconds = histogram('query_seconds', ['transport'], [...DNS_DURATION_EDGES]);
  return {
    life: () => {
      opened.inc({ route: 'web' });
      active.inc({ route: 'web' });
      for (let request = 0; request < 2; request++) {
        requests.inc({ route: 'web', method: 'GET', code: '200' });
        requestSeconds.observe({ route: 'web' }, 0.003);
      }
      for (let sample = 0; sample < 3; sample++) {
        received.inc({ route: 'web' }, 100);
        sent.inc({ route: 'web' }, 1000);
      }
      active.dec({ route: 'web' });
      closed.inc({ route: 'web', reason: 'client-end' });
      connectionSeconds.observe({ route: 'web' }, 0.05);
    },
    query: () => {
      queries.inc({ transport: 'unknown', qtype: 'A' });
      responses.inc({ transport: 'unknown', rcode: 'NOERROR' });
      querySeconds.observe({ transport: 'unknown' }, 0.0002);
    },
  };
}

/** Nanoseconds for each call. */
function time(call: (id: number) => void, from: number): number {
  const start = performance.now();
  for (let id = from; id < from + LIVES; id++) call(id);
  return ((performance.now() - start) * 1e6) / LIVES;
}

const ours = routemeter();
const theirs = promClient();
const cases = [
  ['connection life, routemeter', ours.life],
  ['connection life, prom-client', theirs.life],
  ['DNS query, routemeter', ours.query],
  ['DNS query, prom-client', theirs.query],
] as const;
const figures = new Map<string, number[]>(cases.map(([name]) => [name, []]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, call] of cases) {
    const nanoseconds = time(call, round * LIVES);
    // The first round warms up.
    if (round > 0) figures.get(name)?.push(nanoseconds);
  }
}
for (const [name, values] of figures) {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0).padStart(6);
  console.log(`${name.padEnd(30)} median ${at(0.5)} ns   (${at(0)} to ${at(1)}, ${ROUNDS} rounds of ${LIVES})`);
}
