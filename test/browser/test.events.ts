import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Locator } from 'playwright-core';
import type { IConnectionsPage } from '../../ts/interfaces/ops.js';
import { until } from '../helpers/wait.js';
import { launch } from './chromium.js';
import { Dashboard } from './classes.dashboard.js';
import { Router } from './classes.router.js';

const AT_ONCE_MS = 1000;
/** Rows that the page draws at most. */
const DRAWN = 100;

const router = new Router();
await router.start();
const browser = await launch();
const dashboard = await Dashboard.open(browser, `${router.url}/#/events`);
const { page } = dashboard;

/** Rows of one kind of event of one client. */
const rowsOf = (event: string, client: string): Locator =>
  page
    .locator('[data-row="events"]')
    .filter({ has: page.locator(`[data-figure="event"][data-value="${event}"]`) })
    .filter({ has: page.locator(`[data-figure="clientIp"][data-value="${client}"]`) });

tap.test('a connection is shown within a second, with what it is', async () => {
  await dashboard.live();
  await dashboard.streaming();
  const client = '127.0.0.77';
  // The page itself tells when it first held the text: what the test takes to look is not counted.
  const shown = page.evaluate(
    (text) =>
      new Promise<number>((resolve) => {
        const root = document.querySelector('routemeter-dashboard')?.shadowRoot;
        const look = (): void => {
          if (root?.textContent.includes(text)) resolve(Date.now());
        };
        if (root) new MutationObserver(look).observe(root, { subtree: true, childList: true, characterData: true });
      }),
    client,
  );
  const connectedAt = Date.now();
  await router.hold(100, client);
  const after = (await shown) - connectedAt;
  assert.ok(after >= 0 && after <= AT_ONCE_MS, `${after} ms`);

  const row = rowsOf('connection-open', client);
  await row.waitFor();
  const { connections } = (await router.get('/api/connections')) as IConnectionsPage;
  const [open] = connections;
  assert.ok(open !== undefined && connections.length === 1);
  assert.equal(await row.locator('[data-figure="routeName"]').getAttribute('data-value'), 'tcp');
  const text = (await row.innerText()).split(/\s+/);
  assert.ok(text.includes(String(open.connectionId)) && text.includes(String(open.port)), text.join(' '));

  await router.release();
  const closed = rowsOf('connection-close', client);
  await closed.waitFor();
  assert.match(await closed.innerText(), /100 B[^]*100 B[^]*client-end/);
});

tap.test('only the events that were chosen come, of the route that was chosen', async () => {
  await page.goto(`${router.url}/#/events?event=connection-close&route=web`);
  await dashboard.streaming();
  for (const route of ['tcp', 'web'] as const) await router.hold(0, '127.0.0.78', route);
  await router.release();
  await rowsOf('connection-close', '127.0.0.78').waitFor();
  assert.equal(await page.locator('[data-row="events"]').count(), 1);
  assert.equal(await page.locator('[data-row="events"] [data-figure="routeName"]').getAttribute('data-value'), 'web');
});

tap.test('a pause holds the page still, and says how many came; going on shows them', async () => {
  await page.goto(`${router.url}/#/events?event=connection-open`);
  await dashboard.streaming();
  await router.hold(0, '127.0.0.79');
  await rowsOf('connection-open', '127.0.0.79').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await router.hold(0, '127.0.0.80');
  await page.getByText('1 more').waitFor();
  assert.equal(await rowsOf('connection-open', '127.0.0.80').count(), 0);
  await page.getByRole('button', { name: 'Go on' }).click();
  await rowsOf('connection-open', '127.0.0.80').waitFor();
  // Newest first.
  assert.match(await page.locator('[data-row="events"]').first().innerText(), /127\.0\.0\.80/);
  await router.release();
});

tap.test('a flood leaves the page answering, and what it draws bounded', async () => {
  await page.goto(`${router.url}/#/events?event=connection-open`);
  await dashboard.streaming();
  const events = async (): Promise<number> => (await router.stats()).self.events['connection-open'] ?? 0;
  const before = await events();
  for (let wave = 0; wave < 10; wave++) {
    const sockets = await Promise.all(Array.from({ length: 50 }, () => router.hold(0, '127.0.0.81')));
    await Promise.all(sockets.map((socket) => once(socket.destroy(), 'close')));
  }
  await until(async () => (await events()) >= before + 500, 'the router to have counted the flood');
  const rows = page.locator('[data-row="events"]');
  await until(async () => (await rows.count()) === DRAWN, 'as many rows as are drawn');
  // What came faster than it is sent is told as a gap, in a row of its own.
  const gaps = rows.filter({ has: page.locator('[data-figure="event"][data-value="gap"]') });
  await until(
    async () => (await rowsOf('connection-open', '127.0.0.81').count()) + (await gaps.count()) === DRAWN,
    'rows of the flood alone',
  );
  await dashboard.show('overview');
  dashboard.assertClean();
});

tap.test('everything is given back', async () => {
  await dashboard.close();
  await browser.close();
  await router.stop();
});

export default tap.start({ throwOnError: true });
