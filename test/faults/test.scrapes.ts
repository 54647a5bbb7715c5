import assert from 'node:assert/strict';
import * as net from 'node:net';
import { once } from 'node:events';
import { tap } from '@push.rocks/tapbundle';
import { EmbeddedProxy } from '../../ts/embedded/index.js';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import type { IRouteConfig } from '../../ts/interfaces/smartproxy.js';
import { OpsServer } from '../../ts/ops/index.js';
import { pattern, Peer } from '../contract/peers.js';
import { parseOpenMetrics, parseText, sumOf } from '../helpers/exposition/index.js';
import { until } from '../helpers/wait.js';
import { closed, holds, over, times } from './rig.js';

const UPDATES = 40;
const ROUTES = 150;
const CLIENTS = 4;
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';

/** Names that stay, come and go, come back, and are new each time. */
function routesOf(update: number): IRouteConfig[] {
  const names = times(ROUTES, (index) => {
    if (index % 3 === 0) return `stays-${index}`;
    return index % 3 === 1 ? `turns-${index + (update % 2) * 1_000}` : `new-${update}-${index}`;
  });
  const echo = (socket: net.Socket): void => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => void socket.write(chunk));
  };
  const action: IRouteConfig['action'] = { type: 'socket-handler', socketHandler: (socket) => echo(socket) };
  const named = names.map((name): IRouteConfig => ({ name, match: { ports: 0, domains: `${name}.test` }, action }));
  return [...named, { name: 'rest', match: { ports: 0, domains: '*' }, action }];
}

/** One connection after another, to routes of the moment by their names, until told to stop after a whole one. */
async function client(host: EmbeddedProxy, index: number, updated: () => number): Promise<string[]> {
  const seen: string[] = [];
  for (let turn = 0; updated() < UPDATES || turn < UPDATES; turn++) {
    const name = host.settings.routes[(turn * 37 + index) % ROUTES]?.name ?? '';
    const socket = net.connect(host.getListeningPorts()[0] ?? 0, '127.0.0.1');
    const peer = new Peer();
    peer.watch(socket);
    const head = Buffer.from(`GET / HTTP/1.1\r\nHost: ${name}.test\r\n\r\n`);
    const body = pattern(0, 20_000);
    socket.write(Buffer.concat([head, body]));
    while (peer.bytes < head.length + body.length) await once(socket, 'data');
    socket.end();
    await closed(socket);
    // How often it came round depends on the time it took; what it saw each time must not.
    if (turn < UPDATES) seen.push(`${peer.bytes - head.length} ${peer.ends.join()}`);
  }
  return seen;
}

interface IPage {
  readonly opened: number;
  readonly closed: number;
  readonly active: number;
  readonly bytes: number;
}

/** Scrapes without a pause; each page is whole, adds up in itself, and no sum in it falls. */
async function scraper(url: string, accept: string, told: { pages: number; ended: boolean }): Promise<void> {
  let before: IPage = { opened: 0, closed: 0, active: 0, bytes: 0 };
  while (!told.ended) {
    const answer = await fetch(`${url}/metrics`, { headers: { accept } });
    if (answer.status === 429) {
      // One client may ask for so much only.
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    assert.equal(answer.status, 200);
    const body = await answer.text();
    const families = accept === OPENMETRICS ? parseOpenMetrics(body) : parseText(body);
    const page = {
      opened: sumOf(families, 'router_connections_opened_total'),
      closed: sumOf(families, 'router_connections_closed_total'),
      active: sumOf(families, 'router_connections_active'),
      bytes: sumOf(families, 'router_received_bytes_total'),
    };
    assert.equal(page.opened - page.closed, page.active, accept);
    for (const key of ['opened', 'closed', 'bytes'] as const) assert.ok(page[key] >= before[key], key);
    assert.equal(sumOf(families, 'router_invariant_violations_total'), 0);
    before = page;
    told.pages++;
  }
}

async function play(wrap: boolean): Promise<{ seen: string[][]; pages: number; opened: number }> {
  const host = new EmbeddedProxy({ routes: routesOf(0) });
  const proxy = new MetricsAwareProxy({ sampleIntervalMs: 100 });
  const manager = new MetricsManager({ limits: { routes: 2 * ROUTES } });
  manager.observe(proxy);
  if (wrap) proxy.attach(host);
  await manager.start();
  await host.start();
  const ops = new OpsServer({ source: manager, events: [proxy], port: 0 });
  await ops.start();
  let updates = 0;
  const told = { pages: 0, ended: false };
  const scrapers = wrap
    ? [OPENMETRICS, 'text/plain', OPENMETRICS, 'text/plain'].map((accept) => scraper(ops.url ?? '', accept, told))
    : [];
  // One that fails is told at the end.
  for (const one of scrapers) one.catch(() => undefined);
  const clients = times(CLIENTS, (index) => client(host, index, () => updates));
  while (updates < UPDATES) {
    const { pages } = told;
    await host.updateRoutes(routesOf(++updates));
    // The others are in the midst of theirs.
    if (wrap) await Promise.race([Promise.all(scrapers), until(() => told.pages > pages, 'a page')]);
  }
  const seen = await Promise.all(clients);
  told.ended = true;
  await Promise.all(scrapers);
  await host.stop({ drainMs: 0 });
  await over(manager, proxy);
  const opened = manager.getStats().proxy?.totalConnections ?? 0;
  holds(manager);
  await ops.stop();
  proxy.detach();
  await manager.stop();
  return { seen, pages: told.pages, opened };
}

tap.test('scrapes of both formats without a pause, while routes are updated and connections come and go', async () => {
  const bare = await play(false);
  const wrapped = await play(true);
  assert.deepEqual(wrapped.seen, bare.seen);
  assert.ok(wrapped.opened >= CLIENTS * UPDATES && wrapped.pages >= UPDATES, `${wrapped.pages}`);
  console.log(`# ${wrapped.pages} pages, ${wrapped.opened} connections`);
});

export default tap.start({ throwOnError: true });
