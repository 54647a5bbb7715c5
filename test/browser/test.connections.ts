import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import type { IConnectionsPage } from '../../ts/interfaces/ops.js';
import { until } from '../helpers/wait.js';
import { launch } from './chromium.js';
import { Dashboard } from './classes.dashboard.js';
import { Router } from './classes.router.js';

const SMALL = '127.0.0.1';
const MEDIUM = '127.0.0.2';
const LARGE = '127.0.0.3';
const IDLE = '127.0.0.4';
const LATE = '127.0.0.5';

const router = new Router();
await router.start();
await router.hold(10, SMALL);
await router.hold(5_000, MEDIUM);
await router.hold(50_000, LARGE);
await router.hold(0, IDLE, 'web');
const browser = await launch();
const dashboard = await Dashboard.open(browser, `${router.url}/#/connections`);
const { page } = dashboard;

/** Clients of the rows, in their order. */
const clients = (): Promise<(string | null)[]> =>
  page
    .locator('[data-row="connections"] [data-figure="clientIp"]')
    .evaluateAll((cells) => cells.map((cell) => cell.textContent));

async function shows(expected: readonly string[], inOrder = false): Promise<void> {
  const shown = async (): Promise<(string | null)[]> => (inOrder ? clients() : (await clients()).sort());
  await until(async () => String(await shown()) === String(expected), `${String(expected)} to be shown`).catch(
    async () => assert.deepEqual(await shown(), expected),
  );
}

const field = (name: string): ReturnType<typeof page.locator> => page.locator(`[name="${name}"]`);

async function filter(values: Readonly<Record<string, string>>): Promise<void> {
  for (const name of ['client', 'minAgeSeconds', 'minBytes']) await field(name).fill(values[name] ?? '');
  await field('route').selectOption(values['route'] ?? '');
  await field('minBytes').press('Enter');
}

async function opened(): Promise<IConnectionsPage['connections']> {
  return ((await router.get('/api/connections')) as IConnectionsPage).connections;
}

tap.test('the open connections are listed, and the list follows them', async () => {
  await dashboard.live();
  await shows([SMALL, MEDIUM, LARGE, IDLE]);
  const late = await router.hold(1, LATE);
  await shows([SMALL, MEDIUM, LARGE, IDLE, LATE]);
  const ids = (await opened()).map(({ connectionId }) => String(connectionId));
  const keys = await page
    .locator('[data-row="connections"]')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-key')));
  assert.deepEqual(keys.sort(), ids.sort());
  late.end();
  await shows([SMALL, MEDIUM, LARGE, IDLE]);
});

tap.test('they are filtered by route, client, network, bytes, and by several of these', async () => {
  await filter({ route: 'web' });
  await shows([IDLE]);
  await filter({ route: 'tcp' });
  await shows([SMALL, MEDIUM, LARGE]);
  await filter({ client: MEDIUM });
  await shows([MEDIUM]);
  await filter({ client: '127.0.0.2/31' });
  await shows([MEDIUM, LARGE]);
  await filter({ minBytes: '10000' });
  await shows([MEDIUM, LARGE]);
  await filter({ minBytes: '10001', route: 'tcp' });
  await shows([LARGE]);
  await filter({ minBytes: '10001', route: 'web' });
  await shows([]);
  await page.getByText('No open connection is like this').waitFor();
  await filter({});
  await shows([SMALL, MEDIUM, LARGE, IDLE]);
});

tap.test('they are filtered by age, and come into the list when they are old enough', async () => {
  await filter({ minAgeSeconds: '3600' });
  await shows([]);
  await until(async () => (await opened()).every(({ ageSeconds }) => ageSeconds > 2), 'all to be older than 2 s');
  await router.hold(1, LATE);
  await filter({ minAgeSeconds: '2' });
  await shows([SMALL, MEDIUM, LARGE, IDLE, LATE]);
  const answer = dashboard.answers.get('/api/connections') as IConnectionsPage;
  assert.ok(answer.connections.every(({ ageSeconds }) => ageSeconds >= 2));
  await filter({});
});

tap.test('a filter that the router refuses is told', async () => {
  await filter({ client: '<b>nobody</b>' });
  await page.getByText('an address or a prefix').waitFor();
  await filter({});
  await shows([SMALL, MEDIUM, LARGE, IDLE, LATE]);
  dashboard.assertClean(/status of 400/);
});

tap.test('they are sorted by the router, the largest first', async () => {
  await page.locator('[data-sort="bytes"]').click();
  await shows([LARGE, MEDIUM, SMALL, LATE, IDLE], true);
  await page.locator('[data-sort="age"]').click();
  await shows([SMALL, MEDIUM, LARGE, IDLE, LATE], true);
});

tap.test('filter and order are part of the address: a reload shows the same', async () => {
  await page.locator('[data-sort="bytesIn"]').click();
  await filter({ route: 'tcp', minBytes: '10' });
  await shows([LARGE, MEDIUM, SMALL], true);
  await page.reload();
  await shows([LARGE, MEDIUM, SMALL], true);
  assert.deepEqual(
    [await field('route').inputValue(), await field('minBytes').inputValue(), await field('client').inputValue()],
    ['tcp', '10', ''],
  );
  dashboard.assertClean();
});

tap.test('everything is given back', async () => {
  await dashboard.close();
  await browser.close();
  await router.stop();
});

export default tap.start({ throwOnError: true });
