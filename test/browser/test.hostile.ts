import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { until } from '../helpers/wait.js';
import { launch } from './chromium.js';
import { Dashboard } from './classes.dashboard.js';
import { HostileRouter } from './classes.hostilerouter.js';
import { DNS_NAMES, HOSTILE_NAMES, SOME_HOSTILE_NAMES } from './hostile.js';
import { intrusions, isRead, namesIn } from './rendered.js';

/** No name, and one of 10,000 letters, are none that the open connections of a route can be asked for with. */
const LINKED_NAMES = SOME_HOSTILE_NAMES.filter(({ length }) => length > 0 && length <= 1000);

const router = new HostileRouter();
await router.start();
const browser = await launch();
const dashboard = await Dashboard.open(browser, router.url);
const { page } = dashboard;

async function readAll(names: readonly string[], ...lists: string[]): Promise<void> {
  for (const list of lists) {
    await page.locator(`[data-row="${list}"]`).first().waitFor();
    const rows = await namesIn(page, list);
    // Half a surrogate pair does not come through the debugger's JSON as itself.
    const isOf = (name: string) => (row: { key: string; text: string }) =>
      row.key.toWellFormed() === name.toWellFormed() && isRead(name, row.text);
    assert.deepEqual(
      names.filter((name) => !rows.some(isOf(name))),
      [],
      list,
    );
  }
}

tap.test('the list has what is worth trying', async () => {
  assert.ok(HOSTILE_NAMES.length > 100 && new Set(HOSTILE_NAMES).size === HOSTILE_NAMES.length);
  for (let code = 0; code < 0x20; code++)
    assert.ok(HOSTILE_NAMES.some((name) => name.includes(String.fromCharCode(code))));
  assert.ok(HOSTILE_NAMES.some((name) => name.length === 255));
});

tap.test('names of routes are read, and do nothing', async () => {
  await dashboard.live();
  assert.deepEqual(await intrusions(page), []);
  await dashboard.show('routes');
  await readAll(HOSTILE_NAMES, 'routes');
  assert.deepEqual(await intrusions(page), []);
  dashboard.assertClean();
});

tap.test("a route's page is opened by its link whatever the name", async () => {
  const links = await page.locator('[data-row="routes"]').evaluateAll(
    (rows, names) => {
      const some = new Set(names);
      const wanted = rows.filter((row) => some.has((row.getAttribute('data-key') ?? '').toWellFormed()));
      return wanted.map((row) => row.querySelector('th a')?.getAttribute('href') ?? '');
    },
    LINKED_NAMES.map((name) => name.toWellFormed()),
  );
  assert.equal(links.length, LINKED_NAMES.length);
  const opened = new Set<string>();
  for (const link of links) {
    const { heading, total } = await page.evaluate(async (hash) => {
      const changed = new Promise((resolve) => window.addEventListener('hashchange', resolve, { once: true }));
      window.location.hash = hash;
      await changed;
      const root = document.querySelector('routemeter-dashboard')?.shadowRoot;
      const of = (selector: string): Element | null | undefined => root?.querySelector(selector);
      return {
        heading: of('#view-title')?.textContent ?? '',
        total: of('main [data-figure="total"]')?.getAttribute('data-value'),
      };
    }, link);
    opened.add(heading);
    assert.equal(total, '2', link);
    assert.deepEqual(await intrusions(page), [], link);
  }
  // Halves of surrogate pairs are the same character in an address.
  const unread = LINKED_NAMES.filter(
    (name) => ![...opened].some((text) => isRead(name, text.slice('Routes / '.length))),
  );
  assert.deepEqual(unread, []);
  assert.ok(opened.size >= links.length - 2, `${opened.size} of ${links.length}`);
  dashboard.assertClean();
});

tap.test('names that are asked for, patterns and clients are read, and do nothing', async () => {
  await dashboard.show('dns');
  await readAll(DNS_NAMES, 'topDomains', 'topDomainsByUnanswered', 'topDomainsByTime', 'topDomainsByCode.SERVFAIL');
  await readAll(DNS_NAMES, 'topClients', 'handlers');
  assert.deepEqual(await intrusions(page), []);
  dashboard.assertClean();
});

tap.test('clients and server names of open connections are read, and do nothing', async () => {
  await page.goto(`${router.url}/#/connections`);
  const rows = async (): Promise<string[]> => (await namesIn(page, 'connections')).map(({ text }) => text);
  await until(async () => (await rows()).length === 100, 'a page of connections');
  const shown = [...(await rows())];
  await page.getByRole('button', { name: 'Next page' }).click();
  await until(async () => (await rows()).length === HOSTILE_NAMES.length - 100, 'the next page');
  shown.push(...(await rows()));
  for (const name of HOSTILE_NAMES)
    assert.ok(
      shown.some((text) => isRead(name, text)),
      name,
    );
  assert.deepEqual(await intrusions(page), []);
  dashboard.assertClean();
});

tap.test('certificates and the instance are read, and do nothing', async () => {
  await dashboard.show('system');
  await readAll(HOSTILE_NAMES, 'certificates');
  assert.match((await page.locator('[data-figure="instance"]').textContent()) ?? '', /<script>__pwned\(\)<\/script>/);
  assert.deepEqual(await intrusions(page), []);
  dashboard.assertClean();
});

tap.test('everything is given back', async () => {
  await dashboard.close();
  await browser.close();
  await router.stop();
});

export default tap.start({ throwOnError: true });
