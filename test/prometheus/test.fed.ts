import { expect, tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import { METRICS } from '../../ts/catalog/index.js';
import { MetricsManager } from '../../ts/manager/classes.metricsmanager.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { parseOpenMetrics, parseText, sumOf, valueOf } from '../helpers/exposition/index.js';
import { FakeClock, FakeDnsSource, FakeProxySource } from '../helpers/fakesource.js';
import { OPENMETRICS, TEXT } from './support.js';

const CONTEXT = { topLists: 10, series: 1, renderSeconds: 0.5 };

/** A manager that was told of everything that can happen. */
function everythingHappened(): MetricsManager {
  const clock = new FakeClock();
  const manager = new MetricsManager({ clock, limits: { routes: 2 } });
  const proxy = new FakeProxySource('web', 'tcp');
  const dns = new FakeDnsSource();
  manager.observe(proxy);
  manager.observe(dns);

  const ids = Array.from({ length: 20 }, () => proxy.open('web', { type: 'http' }));
  clock.advance(1500);
  const [kept = 0, upgraded = 0, ...others] = ids;
  proxy.startRequest(kept, 'web');
  proxy.endRequest(kept, 'web', 200);
  proxy.startRequest(kept, 'web', 'POST');
  proxy.endRequest(kept, 'web', null, 'POST');
  proxy.startRequest(kept, 'web');
  proxy.upgrade(upgraded);
  proxy.traffic(kept, 100, 200, 4096, true);
  for (const id of others) proxy.close(id, { duration: 1500, reason: 'idle-timeout', reaped: true });
  proxy.open('beyond the limit');
  proxy.emit('handler-error', { routeName: 'web', error: new Error('x') });
  Object.assign(proxy.reading, {
    pending: 1,
    sampledAt: clock.wall(),
    forwarded: {
      routes: [{ name: 'mail', active: 6, total: 40, bytesInPerSecond: 1, bytesOutPerSecond: 2 }],
      staleSeconds: 1,
    },
    host: {
      backendConnectErrors: new Map([['web', 1]]),
      backendRetries: new Map([['web', 1]]),
      tlsHandshakeErrors: 1,
      certificates: [{ domain: 'example.test', expiresAt: clock.wall() + 1000 }],
    },
  });

  const more = { source: 'udp', clientIp: '192.0.2.53', size: 40 } as const;
  const hit = dns.ask('www.example.test', more);
  dns.answer(hit, { ...more, result: 'hit', cached: true, responseCode: 'NOERROR', size: 80 });
  dns.answer(dns.ask('nowhere.test', more), { answered: false });
  dns.drop(dns.ask('dropped.test', more));
  dns.ask('waiting.test', more);
  dns.emit('packet-rejected', { source: 'udp', reason: 'short' });
  dns.emit('cache', { entries: 1, bytes: 80, evictions: 1 });
  dns.reading.handlers = [{ pattern: '*.example.test', calls: 2, errors: 1 }];
  clock.advance(1000);
  return manager;
}

tap.test('a manager that was told of everything feeds each metric, with the buckets of the table', async () => {
  const snapshot = everythingHappened().snapshot();
  const unfed = METRICS.filter((metric) => [...metric.read(snapshot, CONTEXT)].length === 0).map(({ name }) => name);
  assert.deepEqual(unfed, [], 'metrics that nothing feeds');
  for (const metric of METRICS) {
    for (const { value } of metric.read(snapshot, CONTEXT)) {
      if (typeof value === 'object') assert.deepEqual(value.edges, metric.buckets, metric.name);
    }
  }
});

tap.test("the manager's figures come out of the page", async () => {
  const manager = everythingHappened();
  const exporter = new PrometheusExporter(manager, { processMetrics: false, topLists: true });
  for (const accept of [TEXT, OPENMETRICS]) {
    const { body } = await exporter.render(accept);
    const families = accept === TEXT ? parseText(body) : parseOpenMetrics(body);
    const web = { route: 'web' };
    expect(valueOf(families, 'router_connections_active', { ...web, source: 'wrapped' })).toEqual(2);
    expect(valueOf(families, 'router_connections_active', { route: 'mail', source: 'forwarded' })).toEqual(6);
    expect(valueOf(families, 'router_connections_closed_total', { ...web, reason: 'idle-timeout' })).toEqual(18);
    expect(valueOf(families, 'router_connection_duration_seconds_bucket', { ...web, le: '5.0' })).toEqual(18);
    expect(valueOf(families, 'router_connection_duration_seconds_bucket', { ...web, le: '1.0' })).toEqual(0);
    expect(valueOf(families, 'router_connections_mass_closes_total', web)).toEqual(1);
    expect(valueOf(families, 'router_received_bytes_total', web)).toEqual(100);
    expect(valueOf(families, 'router_sent_bytes_total', web)).toEqual(200);
    expect(valueOf(families, 'router_http_requests_total', { ...web, method: 'POST', code: 'aborted' })).toEqual(1);
    expect(sumOf(families, 'router_dns_queries_total')).toEqual(4);
    expect(valueOf(families, 'router_dns_cache_results_total', { result: 'hit' })).toEqual(1);
    expect(valueOf(families, 'router_top_client_bytes', { client: '192.0.2.1' })).toEqual(300);
  }
});

tap.test('a manager that observes nothing gives a page that parses', async () => {
  const exporter = new PrometheusExporter(new MetricsManager(), { processMetrics: false });
  expect(parseText((await exporter.render(TEXT)).body).length).toBeGreaterThan(2);
  expect(parseOpenMetrics((await exporter.render(OPENMETRICS)).body).length).toBeGreaterThan(2);
});

export default tap.start({ throwOnError: true });
