import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { Prometheus } from '../helpers/prometheus.js';
import { until } from '../helpers/wait.js';
import { readDashboard, shownPanels, substituted } from './dashboard.js';
import { everythingServer } from './everything.js';
import { RouterWithTraffic } from './routertraffic.js';

/**
 * What `routemeter start` does not have here: nobody forwards beside it, its routes do not serve upgrades, no query is
 * dropped and no packet rejected, there is no cache, and top lists are an option of the exporter.
 */
const NOT_OF_THE_ROUTER =
  /router_(?:forwarded_stale|connections_upgraded|dns_(?:cache|top|dropped|packets_rejected)|top)_/;

const dashboard = readDashboard();
const expressions = shownPanels(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const ofTheRouter = expressions.filter((expr) => !NOT_OF_THE_ROUTER.test(expr));

const router = new RouterWithTraffic();
const everything = everythingServer();
await everything.start();
const prometheus = new Prometheus({ router: await router.start(), everything: new URL(everything.url ?? '').host });
await prometheus.start();

/** Whether it has at least one value that is a number. */
const hasData = async (query: string): Promise<boolean> =>
  Object.values(await prometheus.query(query)).some((value) => !Number.isNaN(value));

/** The queries that have no data for the job within the time. */
async function withoutData(queries: readonly string[], job: string): Promise<string[]> {
  let rest = queries.map((query) => substituted(query, job));
  const ask = async (): Promise<boolean> => {
    const found = await Promise.all(rest.map(hasData));
    rest = rest.filter((_, index) => found[index] !== true);
    return rest.length === 0;
  };
  await until(ask, 'data', 20_000).catch(() => undefined);
  return rest;
}

tap.test('every query of every panel has data of a page that has everything', async () => {
  assert.ok(expressions.length > 60);
  assert.deepEqual(await withoutData(expressions, 'everything'), []);
});

tap.test('every query of what it has has data of the real router under traffic', async () => {
  assert.ok(ofTheRouter.length > 60);
  assert.deepEqual(await withoutData(ofTheRouter, 'router'), []);
});

tap.test('what the router is said not to have it does not have', async () => {
  const others = expressions.filter((expr) => !ofTheRouter.includes(expr)).map((expr) => substituted(expr, 'router'));
  const found = await Promise.all(others.map(hasData));
  assert.deepEqual(
    others.filter((_, index) => found[index]),
    [],
  );
});

tap.test('the figures of the panels are those of the traffic', async () => {
  const panel = (title: string): string => {
    const found = shownPanels(dashboard).find((one) => one.title === title)?.targets?.[0]?.expr;
    assert.ok(found !== undefined, title);
    return substituted(found, 'router');
  };
  const values = async (title: string): Promise<Record<string, number>> => prometheus.query(panel(title));
  assert.deepEqual(await values('Router'), { '': 1 });
  assert.deepEqual(await values('Figures add up'), { '': 0 });
  const routes = Object.keys(await values('Connections/s by route'));
  assert.deepEqual(routes.toSorted(), ['route=_unrouted', 'route=echo', 'route=secure', 'route=web']);
  const failed = await values('Share of failed requests');
  assert.deepEqual(failed, { 'route=secure': 0, 'route=web': 0 });
  const [expiry = 0] = Object.values(await values('Certificates'));
  assert.ok(expiry > 29 * 86_400 && expiry < 31 * 86_400, `${expiry} s`);
});

tap.test('what marks restarts and alerts is taken by Prometheus', async () => {
  const marks = dashboard.annotations.list.flatMap(({ expr }) => (expr === undefined ? [] : [expr]));
  assert.equal(marks.length, 2);
  for (const expr of marks) await prometheus.query(substituted(expr, 'router'));
});

tap.test('everything is given back', async () => {
  await prometheus.stop();
  await everything.stop();
  await router.stop();
});

export default tap.start({ throwOnError: true });
