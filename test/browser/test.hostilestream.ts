import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { until } from '../helpers/wait.js';
import { launch } from './chromium.js';
import { Dashboard } from './classes.dashboard.js';
import { HostileRouter } from './classes.hostilerouter.js';
import { DNS_NAMES, HOSTILE_NAMES, SOME_HOSTILE_NAMES } from './hostile.js';
import { intrusions, isRead, namesIn } from './rendered.js';

/** Names whose events the page draws at once: at most two of each kind for a name. */
const AT_ONCE = 40;
const REFUSED = /responded with a status of (400|431) /;

const router = new HostileRouter();
await router.start();
const browser = await launch();
const dashboard = await Dashboard.open(browser, router.url);
const { page } = dashboard;

tap.test('names in the stream of events are read, and do nothing', async () => {
  for (const event of ['connection-close', 'handler-error', 'query-answered']) {
    await page.goto(`${router.url}/#/events?event=${event}`);
    await dashboard.streaming();
    const names = event.startsWith('query') ? DNS_NAMES : HOSTILE_NAMES;
    for (let from = 0; from < names.length; from += AT_ONCE) {
      const told = names.slice(from, from + AT_ONCE);
      router.tell(told);
      let unread: readonly string[] = told;
      await until(async () => {
        const shown = await namesIn(page, 'events');
        unread = told.filter((name) => !shown.some(({ text }) => isRead(name, text)));
        return unread.length === 0;
      }, `the rows of ${event}`).catch(() => assert.deepEqual(unread, [], event));
      assert.deepEqual(await intrusions(page), []);
    }
  }
  dashboard.assertClean();
});

tap.test('an address that somebody sends does nothing either', async () => {
  for (const name of SOME_HOSTILE_NAMES) {
    const text = encodeURIComponent(name.toWellFormed());
    for (const hash of [`#/routes/${text}x`, `#/connections?route=${text}&client=${text}&sort=${text}`]) {
      const answered = hash.startsWith('#/c') ? page.waitForResponse(/api\/connections\?/) : null;
      await page.evaluate((to) => (window.location.hash = to), hash);
      // What the router says to it is shown, too.
      await answered;
      assert.deepEqual(await intrusions(page), [], hash);
    }
  }
  dashboard.assertClean(REFUSED);
});

tap.test('everything is given back', async () => {
  await dashboard.close();
  await browser.close();
  await router.stop();
});

export default tap.start({ throwOnError: true });
