import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as http from 'node:http';
import type { IRouterStats } from '../../ts/index.js';
import { Cli, ConfigFolder } from '../helpers/cli.js';
import { freePort } from '../helpers/freeport.js';
import { until } from '../helpers/wait.js';
import { launch } from './chromium.js';
import { Dashboard } from './classes.dashboard.js';
import { SOME_HOSTILE_NAMES } from './hostile.js';
import { intrusions, isRead, namesIn } from './rendered.js';

/** A configuration may not name a route as what stands for several. */
const ROUTES = SOME_HOSTILE_NAMES.filter(({ length }) => length > 0 && length <= 255).filter(
  (name) => name !== '_overflow',
);
/** Wire names of at most 255 octets: what a client can put into a question. The last three have every octet there is. */
const QUESTIONS = [
  ...ROUTES.map((name) =>
    name
      .toWellFormed()
      .split('.')
      .map((label) => Buffer.from(label)),
  ),
  ...[0, 86, 172].map((from) => [octets(from, from + 43), octets(from + 43, from + 86)]),
].filter((labels) => labels.every(({ length }) => length > 0 && length < 64) && wire(labels).length <= 255);

/** Of the top domains, by default. */
const SHOWN = 10;

function octets(from: number, to: number): Buffer {
  return Buffer.from(Array.from({ length: to - from }, (_, index) => (from + index) & 255));
}

function wire(labels: readonly Buffer[]): Buffer {
  return Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), label]), Buffer.alloc(1)]);
}

/** Presentation form (RFC 4343 section 2.1), in lower case, of at most 255 characters, as the figures have it. */
function presented(labels: readonly Buffer[]): string {
  const octet = (value: number): string => {
    if (value >= 0x41 && value <= 0x5a) return String.fromCharCode(value + 0x20);
    if (value === 0x2e || value === 0x5c) return `\\${String.fromCharCode(value)}`;
    return value > 0x20 && value < 0x7f ? String.fromCharCode(value) : `\\${String(value).padStart(3, '0')}`;
  };
  return labels
    .map((label) => Array.from(label, octet).join(''))
    .join('.')
    .slice(0, 255);
}

const folder = new ConfigFolder();
const [web, ops] = [await freePort(), await freePort()];
const config = folder.write('config.json', {
  proxy: {
    routes: ROUTES.map((name, index) => ({
      name,
      match: { ports: web, domains: [`route-${index}.test`] },
      action: { type: 'socket-handler', socketHandler: 'hello' },
    })),
  },
  dns: { port: 0, zone: 'example.test', records: [{ name: 'www.example.test', type: 'A', data: '192.0.2.1' }] },
  ops: { port: ops },
});
const cli = new Cli(['start', '--config', config, '--json']);
const { dns } = await cli.ready();
const browser = await launch();
const dashboard = await Dashboard.open(browser, `http://127.0.0.1:${ops}`);
const { page } = dashboard;

async function ask(labels: readonly Buffer[]): Promise<void> {
  const socket = createSocket('udp4');
  const header = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  socket.send(Buffer.concat([header, wire(labels), Buffer.from([0, 1, 0, 1])]), dns?.port ?? 0, '127.0.0.1');
  await once(socket, 'message');
  socket.close();
}

async function request(index: number): Promise<void> {
  const asked = http.get({ port: web, host: '127.0.0.1', agent: false, headers: { Host: `route-${index}.test` } });
  const [response] = (await once(asked, 'response')) as [http.IncomingMessage];
  assert.equal(response.statusCode, 200);
  await once(response.resume(), 'end');
}

async function stats(): Promise<IRouterStats> {
  return (await fetch(`http://127.0.0.1:${ops}/api/stats`)).json() as Promise<IRouterStats>;
}

tap.test('real queries for any name are counted by it, shown as text, and do nothing', async () => {
  assert.ok(QUESTIONS.length > 40, `${QUESTIONS.length}`);
  await dashboard.show('dns');
  for (let from = 0; from < QUESTIONS.length; from += SHOWN) {
    const group = QUESTIONS.slice(from, from + SHOWN);
    // Once more than those before, so that these are the top ones.
    for (let time = 0; time <= from / SHOWN; time++) for (const labels of group) await ask(labels);
    const names = group.map(presented);
    await until(
      async () => {
        const top = (await stats()).dns?.topDomains.map(({ domain }) => domain) ?? [];
        return names.every((name) => top.includes(name));
      },
      `the figures of ${names.join(' ')}`,
    );
    let unread: readonly string[] = names;
    await until(async () => {
      const shown = await namesIn(page, 'topDomains');
      unread = names.filter((name) => !shown.some(({ text }) => isRead(name, text)));
      return unread.length === 0;
    }, 'the page to show them').catch(() => assert.deepEqual(unread, []));
    assert.deepEqual(await intrusions(page), []);
  }
  dashboard.assertClean();
});

tap.test('real requests on routes of any name are counted by it, shown as text, and do nothing', async () => {
  for (const index of ROUTES.keys()) await request(index);
  const counted = async (): Promise<number> =>
    (await stats()).proxy?.routes.filter(({ total, requests }) => total === 1 && requests?.finished === 1).length ?? 0;
  await until(async () => (await counted()) === ROUTES.length, 'the requests in the figures');
  await dashboard.show('routes');
  await until(async () => (await namesIn(page, 'routes')).length >= ROUTES.length, 'the routes in the page');
  const shown = await namesIn(page, 'routes');
  const seen = (name: string): boolean => shown.some(({ text }) => isRead(name.toWellFormed(), text));
  assert.deepEqual(ROUTES.filter((name) => !seen(name)), []); // prettier-ignore
  assert.deepEqual(await intrusions(page), []);
  dashboard.assertClean();
});

tap.test('everything is given back', async () => {
  await dashboard.close();
  await browser.close();
  assert.equal(await cli.stop(), 0, cli.stderr);
  folder.remove();
});

export default tap.start({ throwOnError: true });
