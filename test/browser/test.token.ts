import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { launch } from './chromium.js';
import { Dashboard, VIEWS } from './classes.dashboard.js';
import { Router } from './classes.router.js';

const TOKEN = 'a-token-0f-the-tests-that-is-l0ng-enough';
const REFUSED = /the server responded with a status of 401/;

const router = new Router(TOKEN);
await router.start();
const browser = await launch();

tap.test(
  'a token is asked for, a wrong one is told, the right one opens every view, and no view asks again',
  async () => {
    const dashboard = await Dashboard.open(browser, router.url);
    const { page } = dashboard;
    const field = page.getByLabel('Token');
    await field.waitFor();
    assert.equal(await page.locator('[data-figure^="proxy."]').count(), 0);
    assert.equal(await page.getByRole('alert').count(), 0);

    for (const wrong of ['wrong', `${TOKEN}x`]) {
      await field.fill(wrong);
      await field.press('Enter');
      await page.getByRole('alert').getByText('refused').waitFor();
      assert.equal(await field.inputValue(), '', wrong);
      assert.equal(dashboard.answers.size, 0);
    }

    await field.fill(TOKEN);
    await field.press('Enter');
    await dashboard.live();
    for (const view of VIEWS) {
      await dashboard.show(view);
      assert.equal(await field.count(), 0);
    }
    dashboard.assertClean(REFUSED);
    await dashboard.close();
  },
);

tap.test('the token is in the memory of the page alone, and in the header of requests that need it', async () => {
  const dashboard = await Dashboard.open(browser, router.url);
  const { page } = dashboard;
  const withToken = new Set<string>();
  const without = new Set<string>();
  page.on('request', (request) => {
    const { pathname, href } = new URL(request.url());
    assert.ok(!href.includes(TOKEN), href);
    const sent = request.headers()['authorization'];
    assert.ok(sent === undefined || sent === `Bearer ${TOKEN}`);
    (sent === undefined ? without : withToken).add(pathname);
  });
  await page.getByLabel('Token').fill(TOKEN);
  await page.getByLabel('Token').press('Enter');
  await dashboard.live();
  for (const view of VIEWS) await dashboard.show(view);
  assert.ok(withToken.has('/api/stats') && withToken.has('/api/events'), [...withToken].join(' '));
  assert.deepEqual(
    [...without].filter((path) => path.startsWith('/api/')),
    [],
  );

  const kept = await page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    cookie: document.cookie,
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    history: window.history.state as unknown,
    name: window.name,
    address: window.location.href,
    markup: [...document.querySelectorAll('routemeter-dashboard')]
      .map(({ shadowRoot }) => shadowRoot?.innerHTML)
      .join(),
  }));
  assert.deepEqual(
    { ...kept, address: '', markup: '' },
    {
      ...{ local: {}, session: {}, cookie: '', databases: [], caches: [], workers: 0, history: null, name: '' },
      ...{ address: '', markup: '' },
    },
  );
  assert.ok(kept.markup.includes('data-view') && !JSON.stringify(kept).includes(TOKEN));
  assert.deepEqual(await page.context().cookies(), []);
  assert.ok(!JSON.stringify(await page.context().storageState({ indexedDB: true })).includes(TOKEN));

  await page.reload();
  await page.getByLabel('Token').waitFor();
  dashboard.assertClean(REFUSED);
  await dashboard.close();
});

tap.test('everything is given back', async () => {
  await browser.close();
  await router.stop();
});

export default tap.start({ throwOnError: true });
