import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { until } from '../helpers/wait.js';
import { launch } from './chromium.js';
import { Dashboard } from './classes.dashboard.js';
import { Router } from './classes.router.js';
import { figuresOf } from './figures.js';

const NO_SERVER =
  /Failed to load resource: net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/;

const router = new Router();
await router.start();
const browser = await launch();

async function totalShown(dashboard: Dashboard): Promise<unknown> {
  return (await figuresOf(dashboard)).find(({ name }) => name === 'proxy.totalConnections')?.value;
}

tap.test('a router that went away is told, the last figures stay, and what comes back is read again', async () => {
  const dashboard = await Dashboard.open(browser, router.url);
  const { page } = dashboard;
  await dashboard.live();
  await router.traffic();
  const { proxy, instance } = await router.stats();
  assert.ok(proxy !== null && proxy.totalConnections > 0);
  await until(async () => (await totalShown(dashboard)) === proxy.totalConnections, 'the page to show all connections');

  await router.down();
  await page.getByRole('status').getByText('reconnecting').waitFor();
  await page.getByText('No answer from the router').waitFor();
  assert.equal(await totalShown(dashboard), proxy.totalConnections);
  dashboard.answers.clear();

  await router.up();
  await page.getByRole('button', { name: 'Try now' }).click();
  await dashboard.live();
  assert.notEqual((await router.stats()).instance, instance);
  await until(async () => (await totalShown(dashboard)) === 0, 'the figures of the new process');
  assert.equal(await page.getByText('No answer from the router').count(), 0);
  assert.equal(await page.getByRole('status').getByText('reconnecting').count(), 0);
  dashboard.assertClean(NO_SERVER);
  await dashboard.close();
});

tap.test('it comes back by itself, and the stream of events with it', async () => {
  const dashboard = await Dashboard.open(browser, `${router.url}/#/events`);
  const { page } = dashboard;
  await dashboard.live();
  await dashboard.streaming();
  await router.down();
  await page.getByRole('status').getByText('reconnecting').waitFor();
  dashboard.answers.clear();
  await router.up();
  await dashboard.live();
  await dashboard.streaming();
  await router.hold();
  await page.locator('[data-row="events"]').getByText('connection-open').first().waitFor();
  await router.release();
  dashboard.assertClean(NO_SERVER);
  await dashboard.close();
});

tap.test('a tab that cannot be seen asks for nothing, and asks at once when it can be seen again', async () => {
  const dashboard = await Dashboard.open(browser, router.url);
  const { page } = dashboard;
  await dashboard.live();
  await page.clock.install();
  await page.reload();
  await dashboard.live();

  const hide = (hidden: boolean): Promise<void> =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { value, configurable: true });
      Object.defineProperty(document, 'visibilityState', { value: value ? 'hidden' : 'visible', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await hide(true);
  // What was under way when the tab was hidden is let go first.
  await page.clock.runFor(2_000);
  await page.waitForLoadState('networkidle');
  const before = dashboard.requests.length;
  await page.clock.runFor(120_000);
  assert.deepEqual(dashboard.requests.slice(before), []);

  await hide(false);
  await until(() => dashboard.requests.length > before, 'a request of the tab that is seen again');
  dashboard.assertClean();
  await dashboard.close();
});

tap.test('everything is given back', async () => {
  await browser.close();
  await router.stop();
});

export default tap.start({ throwOnError: true });
