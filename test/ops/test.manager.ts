import assert from 'node:assert/strict';
import * as http from 'node:http';
import * as net from 'node:net';
import { tap } from '@push.rocks/tapbundle';
import { dnsStats, MetricsAwareProxy, MetricsManager, proxyStats } from '../../ts/index.js';
import type { IRouterStats } from '../../ts/index.js';
import { OpsServer, statsSchema } from '../../ts/ops/index.js';
import { parseOpenMetrics, parseText, sumOf, valueOf } from '../helpers/exposition/index.js';
import { FakeDnsSource } from '../helpers/fakesource.js';
import { until } from '../helpers/wait.js';
import { ask } from './client.js';

const manager = new MetricsManager();
const proxy = new MetricsAwareProxy();
const dns = new FakeDnsSource();
const ops = new OpsServer({ source: manager, port: 0 });

const web = http.createServer((request, response) => response.end(`hello ${request.url}`));
proxy.observeHttpServer(web);
const toWeb = proxy.wrapSocketHandler((socket: net.Socket) => void web.emit('connection', socket), {
  routeName: 'web',
});
const front = net.createServer(toWeb);
const echo = net.createServer(
  proxy.wrapSocketHandler((socket: net.Socket) => void socket.pipe(socket), { routeName: 'echo "\\\n' }),
);

const portOf = (server: net.Server): number => (server.address() as net.AddressInfo).port;
const listen = (server: net.Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
/** Answers share a snapshot for a short time: this one is taken from now on. */
async function statsNow(): Promise<IRouterStats> {
  const asked = Date.now();
  let stats: IRouterStats | undefined;
  await until(async () => {
    stats = JSON.parse((await ask(`${ops.url}/api/stats`)).text) as IRouterStats;
    return stats.takenAt >= asked;
  }, 'a new snapshot');
  assert.ok(stats);
  return stats;
}

tap.test('before anything is observed, nothing is made up', async () => {
  await ops.start();
  const stats = await statsNow();
  statsSchema.parse(stats);
  assert.deepEqual([stats.proxy, stats.dns], [null, null]);
  parseText((await ask(`${ops.url}/metrics`)).body);
});

tap.test('real connections and requests appear, open and closed', async () => {
  manager.observe(proxy);
  manager.observe(dns);
  await manager.start();
  await Promise.all([listen(front), listen(echo)]);
  for (let index = 0; index < 5; index++) {
    assert.equal((await ask(`http://127.0.0.1:${portOf(front)}/${index}`)).text, `hello /${index}`);
  }
  const open = net.connect({ port: portOf(echo), host: '127.0.0.1' });
  open.write('twelve bytes');
  await new Promise((resolve) => open.once('data', resolve));
  await until(() => proxyStats(manager).getConnectionsByRoute().get('web') === 0, 'the end of the requests');
  await manager.settle();

  const stats = await statsNow();
  statsSchema.parse(stats);
  assert.deepEqual([stats.proxy?.activeConnections, stats.proxy?.totalConnections], [1, 6]);
  const route = stats.proxy?.routes.find(({ name }) => name === 'echo "\\\n');
  assert.deepEqual([route?.active, route?.bytesIn, route?.bytesOut, route?.neverHit], [1, 12, 12, false]);
  const name = encodeURIComponent('echo "\\\n');
  const single = JSON.parse((await ask(`${ops.url}/api/stats/routes/${name}`)).text) as { total: number };
  assert.equal(single.total, 1);
  const requests = stats.proxy?.routes.find((one) => one.name === 'web')?.requests;
  assert.deepEqual(requests?.byCode, [{ method: 'GET', code: '200', count: 5 }]);
  assert.equal(requests.duration?.count, 5);
  assert.ok(stats.self.invariants.every(({ ok }) => ok));

  open.destroy();
  await until(() => proxyStats(manager).getActiveConnections() === 0, 'the last connection to end');
});

tap.test('queries appear, and the readers agree with /api/stats', async () => {
  for (const domain of ['a.example', 'a.example', 'b.example']) dns.answer(dns.ask(domain), { responseTime: 2 });
  dns.ask('c.example', { type: 'TYPE65280' });
  const stats = await statsNow();
  statsSchema.parse(stats);
  const reader = dnsStats(manager);
  assert.equal(stats.dns?.totalQueries, 4);
  assert.equal(reader.getTotalQueries(), 4);
  assert.deepEqual(stats.dns.queryTypes, { A: 3, OTHER: 1 });
  assert.deepEqual(reader.getQueryTypeBreakdown(), stats.dns.queryTypes);
  assert.deepEqual(reader.getTopDomains(1), [{ domain: 'a.example', count: 2 }]);
  // Handler mode tells neither codes nor a cache.
  assert.deepEqual([stats.dns.responseCodes, stats.dns.cache, reader.getCacheStats()], [null, null, null]);
  assert.equal(stats.dns.duration?.count, 3);
  // Reading through the readers leaves the manager's books as they are.
  proxyStats(manager).getConnectionsByRoute().clear();
  assert.equal(proxyStats(manager).getConnectionsByRoute().size, 2);
});

tap.test('/metrics tells the same in both formats, and both are well formed', async () => {
  const accept = 'application/openmetrics-text; version=1.0.0';
  const text = parseText((await ask(`${ops.url}/metrics`)).body);
  const open = parseOpenMetrics((await ask(`${ops.url}/metrics`, { headers: { accept } })).body);
  const { proxy: figures, dns: queries } = await statsNow();
  for (const families of [text, open]) {
    assert.equal(sumOf(families, 'router_connections_opened_total'), figures?.totalConnections);
    assert.equal(valueOf(families, 'router_received_bytes_total', { route: 'echo "\\\n' }), 12);
    assert.equal(sumOf(families, 'router_dns_queries_total'), queries?.totalQueries);
  }
});

tap.test('everything ends', async () => {
  await ops.stop();
  await manager.stop();
  for (const server of [front, echo]) await new Promise((resolve) => server.close(resolve));
});

export default tap.start({ throwOnError: true });
