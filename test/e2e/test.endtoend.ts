import { tap } from '@push.rocks/tapbundle';
import * as assert from 'node:assert/strict';
import type { IRouterStats } from '../../ts/index.js';
import { makeCertificate } from '../helpers/certificate.js';
import { Cli, ConfigFolder } from '../helpers/cli.js';
import { freePort } from '../helpers/freeport.js';
import { Prometheus } from '../helpers/prometheus.js';
import { ScrapeProxy } from '../helpers/scrapeproxy.js';
import { until } from '../helpers/wait.js';
import { Backends } from './backends.js';
import { echoes, queries, requests, sessions } from './generators.js';

const REQUESTS = 500;
const CONNECTIONS = 10;
const TCP_SIZES = Array.from({ length: 30 }, (_, index) => index * index * 137);
const TLS_SIZES = Array.from({ length: 20 }, (_, index) => 1 + index * 4099);
const SESSIONS = 12;
const MESSAGES = 5;
/** Names and types of the zone and beside it, and how often each is asked. */
const QUERIES = { A: 400, AAAA: 250, TXT: 150, MX: 50 } as const;

const folder = new ConfigFolder();
const backends = new Backends();
const ports = { web: await freePort(), tcp: await freePort(), tls: await freePort(), ws: await freePort() };
const { echo, webSocket } = await backends.start();
const certificate = makeCertificate('example.test');
const forward = (port: number): object => ({ type: 'forward', targets: [{ host: '127.0.0.1', port }] });
const config = folder.write('config.json', {
  proxy: {
    routes: [
      { name: 'web', match: { ports: ports.web }, action: { type: 'socket-handler', socketHandler: 'hello' } },
      { name: 'tcp', match: { ports: ports.tcp }, action: forward(echo) },
      {
        name: 'tls',
        match: { ports: ports.tls },
        action: { ...forward(echo), tls: { mode: 'terminate', certificate } },
      },
      { name: 'ws', match: { ports: ports.ws, domains: ['127.0.0.1'] }, action: forward(webSocket) },
      { name: 'never', match: { ports: ports.ws, domains: ['never.test'] }, action: forward(webSocket) },
    ],
  },
  dns: {
    port: 0,
    zone: 'example.test',
    records: [
      { name: 'www.example.test', type: 'A', data: '192.0.2.1' },
      { name: 'www.example.test', type: 'TXT', data: 'hello' },
    ],
  },
  ops: { port: 0 },
});
const questions = folder.write(
  'queries.txt',
  Object.entries(QUERIES)
    .flatMap(([type, count]) =>
      Array.from({ length: count }, (_, index) => `${index % 3 === 0 ? 'no' : 'www'}.example.test ${type}`),
    )
    .join('\n'),
);

tap.test('figures in getStats() and in Prometheus, in both formats, equal what the generators counted', async () => {
  const cli = new Cli(['start', '--config', config, '--json']);
  const { dns, ops } = await cli.ready();
  assert.ok(dns !== null);
  const scrapes = { asked: new ScrapeProxy(ops.url, false), text: new ScrapeProxy(ops.url, true) };
  const prometheus = new Prometheus({ asked: await scrapes.asked.start(), text: await scrapes.text.start() });
  try {
    await prometheus.start();
    const [web, tcp, tls, ws, asked] = await Promise.all([
      requests(ports.web, REQUESTS, CONNECTIONS),
      echoes(ports.tcp, TCP_SIZES, false),
      echoes(ports.tls, TLS_SIZES, true),
      sessions(ports.ws, SESSIONS, MESSAGES),
      queries(dns.port, questions),
    ]);
    assert.deepEqual(web, { finished: REQUESTS, connections: CONNECTIONS });
    assert.deepEqual(asked, { sent: 850, completed: 850 });

    const stats = await quiescent(ops.url);
    const routes = Object.fromEntries((stats.proxy?.routes ?? []).map((route) => [route.name, route]));
    const expected: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
      [
        'sum by (route) (router_connections_opened_total)',
        {
          'route=web': CONNECTIONS,
          'route=tcp': tcp.connections,
          'route=tls': tls.connections,
          'route=ws': ws.connections,
          'route=never': 0,
        },
      ],
      ['sum by (code) (router_http_requests_total)', { 'code=200': web.finished }],
      [
        'sum by (qtype) (router_dns_queries_total)',
        Object.fromEntries(Object.entries(QUERIES).map(([type, count]) => [`qtype=${type}`, count])),
      ],
      ['sum by (rcode) (router_dns_responses_total)', { 'rcode=NOERROR': asked.completed }],
      ['sum by (transport) (router_dns_responses_total)', { 'transport=udp': asked.completed }],
      [
        'sum by (route) (router_received_bytes_total{route=~"tcp|tls|ws"})',
        { 'route=tcp': tcp.sent, 'route=tls': tls.sent, 'route=ws': ws.sent },
      ],
      [
        'sum by (route) (router_sent_bytes_total{route=~"tcp|tls|ws"})',
        { 'route=tcp': tcp.received, 'route=tls': tls.received, 'route=ws': ws.received },
      ],
      ['sum(router_connections_active)', { '': 0 }],
      ['sum(router_connections_pending)', { '': 0 }],
      ['sum(router_invariant_violations_total)', { '': 0 }],
      ['up', {}],
    ];
    assert.ok(tcp.sent > 1_000_000 && tcp.received === tcp.sent && tls.received === tls.sent && ws.sent > 0);
    for (const job of ['asked', 'text']) {
      for (const [promql, figures] of expected) {
        if (promql === 'up') {
          // Of the last scrape: one that a busy machine held up for longer than Prometheus waits is none of ours.
          await until(async () => same(await prometheus.query(`min(up{job="${job}"})`), { '': 1 }), `${job} to be up`);
          continue;
        }
        // Prometheus knows what it last scraped: wait for a scrape after the end, then hold it to the figures.
        const query = ofJob(promql, job);
        await until(
          async () => same(await prometheus.query(query), figures),
          `${query} to be ${JSON.stringify(figures)}`,
        ).catch(async () => assert.deepEqual(await prometheus.query(query), figures, query));
      }
    }
    assert.deepEqual([...scrapes.asked.contentTypes].map(kind), ['application/openmetrics-text']);
    assert.deepEqual([...scrapes.text.contentTypes].map(kind), ['text/plain']);

    assert.equal(routes['web']?.requests?.finished, web.finished);
    assert.equal(routes['tcp']?.total, tcp.connections);
    assert.deepEqual([routes['tls']?.bytesIn, routes['tls']?.bytesOut], [tls.sent, tls.received]);
    assert.equal(routes['never']?.neverHit, true);
    assert.equal(stats.dns?.totalQueries, asked.sent);
    assert.deepEqual(stats.dns?.queryTypes, QUERIES);
    assert.deepEqual(stats.dns?.transports, { udp: asked.sent });
    assert.deepEqual(stats.dns?.responseCodes, { NOERROR: asked.completed });
    assert.equal(stats.dns?.cache, null);
    assert.ok(stats.self.invariants.every(({ ok, violations }) => ok && violations === 0));
  } finally {
    await prometheus.stop();
    await Promise.all([scrapes.asked.stop(), scrapes.text.stop()]);
    assert.equal(await cli.stop(), 0, cli.stderr);
  }
});

tap.test('everything is given back', async () => {
  await backends.stop();
  folder.remove();
});

/** The figures once nothing is open any more and the sampler has seen it. */
async function quiescent(url: string): Promise<IRouterStats> {
  let stats: IRouterStats | undefined;
  await until(async () => {
    stats = (await (await fetch(`${url}/api/stats`)).json()) as IRouterStats;
    return stats.proxy?.activeConnections === 0 && stats.proxy.pendingConnections === 0;
  }, 'every connection to end');
  assert.ok(stats !== undefined);
  return stats;
}

/** The query for one job only. */
function ofJob(promql: string, job: string): string {
  return promql.replace(/(router_\w+)(\{)?/, (_, name: string, brace: string | undefined) =>
    brace === undefined ? `${name}{job="${job}"}` : `${name}{job="${job}",`,
  );
}

function same(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

const kind = (contentType: string): string => contentType.split(';')[0] ?? '';

export default tap.start({ throwOnError: true });
