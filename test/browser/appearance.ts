import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAxe, violations } from './axe.js';
import { launch } from './chromium.js';
import { Dashboard, VIEWS } from './classes.dashboard.js';
import { Router } from './classes.router.js';

const WIDTHS = [380, 1280, 3840] as const;
/** For people: `.cache/screenshots/<view>-<theme>-<width>.png`. */
const FOLDER = fileURLToPath(new URL('../../.cache/screenshots/', import.meta.url));

/**
 * Every view in one theme, at three widths: usable by everybody as far as axe-core can tell, nothing beside the edge of
 * the window, and a picture of it for people to look at.
 */
export async function testAppearance(theme: 'light' | 'dark'): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const router = new Router();
  await router.start();
  await router.traffic();
  for (const from of ['127.0.0.1', '127.0.0.2', '127.0.0.3']) await router.hold(10_000, from);
  const browser = await launch();

  for (const width of WIDTHS) {
    tap.test(`${theme}, ${width} pixels: each view is usable and fits`, async () => {
      const dashboard = await Dashboard.open(browser, router.url, { theme, width, height: width === 380 ? 800 : 900 });
      const { page } = dashboard;
      await dashboard.live();
      await loadAxe(page);
      const traffic = router.traffic();
      const pages = [...VIEWS.map((view) => ({ name: view, open: () => dashboard.show(view) }))];
      for (const { name, open } of [
        ...pages,
        {
          name: 'route',
          open: async () => {
            await dashboard.show('routes');
            await page.locator('[data-row="routes"] a', { hasText: 'web' }).click();
            await page.locator('main', { hasText: 'web' }).waitFor();
          },
        },
      ]) {
        await open();
        await traffic;
        await page.screenshot({ path: `${FOLDER}${name}-${theme}-${width}.png`, fullPage: true });
        assert.deepEqual(await violations(page), [], name);
        const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
        assert.equal(needed, there, `${name} is wider than its window`);
      }
      dashboard.assertClean();
      await dashboard.close();
    });
  }

  tap.test('everything is given back', async () => {
    await browser.close();
    await router.stop();
  });
}
