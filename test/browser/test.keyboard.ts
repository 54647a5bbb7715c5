import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { until } from '../helpers/wait.js';
import { launch } from './chromium.js';
import { Dashboard, VIEWS } from './classes.dashboard.js';
import { Router } from './classes.router.js';

interface IFocused {
  readonly href: string | null;
  readonly sort: string | null;
  readonly id: string;
  /** Something is drawn around it. */
  readonly marked: boolean;
}

/** The element that the keyboard speaks to, inside of shadow roots too. */
function focused(page: Page): Promise<IFocused> {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    const style = element === null ? null : getComputedStyle(element);
    return {
      href: element?.getAttribute('href') ?? null,
      sort: element?.getAttribute('data-sort') ?? null,
      id: element?.id ?? '',
      marked: style !== null && (style.outlineStyle !== 'none' || style.boxShadow !== 'none'),
    };
  });
}

/** Presses Tab until it stands on what is sought; each thing it stands on must be marked. */
async function tabTo(page: Page, what: string, sought: (focus: IFocused) => boolean): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    const focus = await focused(page);
    if (focus.href !== null || focus.sort !== null) assert.ok(focus.marked, `no mark on ${JSON.stringify(focus)}`);
    if (sought(focus)) return;
  }
  throw new Error(`60 presses of Tab do not lead to ${what}`);
}

const router = new Router();
await router.start();
await router.traffic();
const browser = await launch();

tap.test('every view is reached with Tab and Enter, and reading begins at its heading', async () => {
  const dashboard = await Dashboard.open(browser, router.url);
  await dashboard.live();
  const { page } = dashboard;
  for (const view of [...VIEWS].reverse()) {
    // From the top again, as after a reload.
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await tabTo(page, view, ({ href }) => href === `#/${view}`);
    await page.keyboard.press('Enter');
    await page.locator(`main[data-view="${view}"]`).waitFor();
    await until(async () => (await focused(page)).id === 'view-title', `the focus to be on the heading of ${view}`);
  }
  dashboard.assertClean();
  await dashboard.close();
});

tap.test('the way past the navigation is the first that one meets', async () => {
  const dashboard = await Dashboard.open(browser, router.url);
  await dashboard.live();
  const { page } = dashboard;
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await until(async () => (await focused(page)).id === 'view-title', 'the focus to be past the navigation');
  await page.locator('main[data-view="overview"]').waitFor();
  await dashboard.close();
});

tap.test('a table is sorted with the keyboard, by any column, both ways, and says so', async () => {
  const dashboard = await Dashboard.open(browser, `${router.url}/#/routes`);
  await dashboard.live();
  const { page } = dashboard;
  const { proxy } = await router.stats();
  assert.ok(proxy !== null);
  const totals = new Map(proxy.routes.map(({ name, total }) => [name, total ?? 0]));
  const heading = page.locator('th', { has: page.locator('[data-sort="total"]') });
  const order = (): Promise<(string | null)[]> =>
    page.locator('[data-row="routes"]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-key')));

  await tabTo(page, 'the heading of the totals', ({ sort }) => sort === 'total');
  for (const [key, direction] of [
    ['Enter', 'descending'],
    ['Space', 'ascending'],
  ] as const) {
    await page.keyboard.press(key);
    await until(async () => (await heading.getAttribute('aria-sort')) === direction, `the table to be ${direction}`);
    const shown = (await order()).map((name) => totals.get(name ?? ''));
    const sign = direction === 'ascending' ? 1 : -1;
    assert.deepEqual(
      shown,
      [...totals.values()].sort((a, b) => sign * (a - b)),
    );
    assert.equal((await focused(page)).sort, 'total');
  }
  dashboard.assertClean();
  await dashboard.close();
});

tap.test('everything is given back', async () => {
  await browser.close();
  await router.stop();
});

export default tap.start({ throwOnError: true });
