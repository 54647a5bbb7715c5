import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { IRouteSnapshot, IRouterSnapshot } from '../../ts/interfaces/snapshot.js';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import { PrometheusExporter } from '../../ts/prometheus/index.js';
import { CLOSE_REASONS } from '../../ts/shared/labels.js';
import { tableOf } from '../examples/markdown.js';
import { emptySnapshot, forwardedRoute, fullDns, fullProxy, fullRoute, fullSnapshot } from '../helpers/snapshot.js';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const rows = new Map(
  tableOf(read('readme.metrics.md'), 'for each').map(([of = '', series = '', what = '']) => [of, { series, what }]),
);

/** What the table says of one thing. */
function told(of: string): number {
  const row = rows.get(of);
  assert.ok(row !== undefined, `the table has no row "${of}"`);
  return Number.parseInt(row.series, 10);
}

/** Lines of a page that are samples, without the process's own. */
async function seriesOf(snapshot: IRouterSnapshot, topLists = 0): Promise<number> {
  const source = { snapshot: () => snapshot };
  const exporter = new PrometheusExporter(source, { processMetrics: false, ...(topLists > 0 ? { topLists } : {}) });
  const { body } = await exporter.render('text/plain');
  return body.split('\n').filter((line) => /^router_/.test(line)).length;
}

const bare = fullProxy({ routes: [], pending: null, tlsHandshakeErrors: null, certificates: null });
const withProxy = (overrides: Parameters<typeof fullProxy>[0]): IRouterSnapshot =>
  fullSnapshot({ proxy: { ...bare, ...overrides }, dns: null });
const none = await seriesOf(withProxy({}));
const ofRoute = async (route: IRouteSnapshot): Promise<number> =>
  (await seriesOf(withProxy({ routes: [route] }))) - none;

const busy: Partial<IRouteSnapshot> = {
  closedByReason: Object.fromEntries(CLOSE_REASONS.map((reason) => [reason, 1])),
  upgradedActive: ['websocket', 'h2c', 'other'].map((protocol) => ({ protocol, count: 1 })),
};

tap.test('series of a route are as many as the table says', async () => {
  const { requests } = fullRoute('web');
  assert.ok(requests !== null);
  assert.equal(await ofRoute(fullRoute('web', { ...busy, requests: null })), told('wrapped route'));
  const withHttp = await ofRoute(fullRoute('web', { ...busy, requests: { ...requests, byCode: [] } }));
  assert.equal(withHttp - told('wrapped route'), told('wrapped route with HTTP'));
  assert.equal(
    await ofRoute(fullRoute('web', busy)),
    withHttp + requests.byCode.length * told('method and status code that a route answered'),
  );
  assert.equal(await ofRoute(forwardedRoute('mail')), told('forwarded route'));
});

tap.test('a route that is not used has as many as the table says', async () => {
  const manager = new MetricsManager();
  const before = await seriesOf(manager.snapshot());
  const proxy = new MetricsAwareProxy();
  proxy.wrapSocketHandler(() => undefined, { routeName: 'idle' });
  manager.observe(proxy);
  const page = (await new PrometheusExporter(manager, { processMetrics: false }).render('text/plain')).body;
  assert.ok(before > 0);
  const idle = page.split('\n').filter((line) => line.includes('route="idle"')).length;
  assert.match(rows.get('wrapped route')?.what ?? '', new RegExp(`A route that is not used has ${idle}$`));
});

tap.test('series of DNS are as many as the table says', async () => {
  const empty = fullDns({
    queriesByType: [],
    responsesByCode: [],
    handlers: [],
    duration: [],
    requestSize: [],
    responseSize: [],
    cache: null,
  });
  const withoutDns = fullSnapshot({ proxy: null, dns: null });
  const withDns = (overrides: Parameters<typeof fullDns>[0]): IRouterSnapshot =>
    fullSnapshot({ proxy: null, dns: { ...empty, ...overrides } });
  const least = await seriesOf(withDns({}));
  const server = (await seriesOf(withDns({ dropped: [], rejected: [] }))) - (await seriesOf(withoutDns));
  assert.equal(server, told('DNS server'));
  const more = async (overrides: Parameters<typeof fullDns>[0]): Promise<number> =>
    (await seriesOf(withDns(overrides))) - least;
  const { duration, requestSize, responseSize, cache, handlers } = fullDns();
  const sized = { requestSize, responseSize, duration: duration.slice(0, 1) };
  const histograms = await more(sized);
  // The sets of labels are closed; each transport may have all of them.
  const [types = 0, codes = 0] = ['QUERY_TYPES', 'RESPONSE_CODES']
    .map(
      (name) =>
        new RegExp(`const ${name} = new Set\\(\\[([^\\]]*)`).exec(read('ts/shared/labels.ts'))?.[1]?.match(/'/g)
          ?.length,
    )
    .map((quotes = 0) => quotes / 2);
  assert.equal(types + 1 + (codes + 2) + histograms, told('DNS transport'));
  assert.equal(rows.get('DNS transport')?.what, `${types + 1} types, ${codes + 2} codes, ${histograms} of histograms`);
  assert.equal(await more({ handlers: handlers.slice(0, 1) }), told('DNS handler pattern'));
  assert.equal(await more({ cache }), told('DNS cache'));
});

tap.test('series of top lists, of the host and of routemeter itself are as many as the table says', async () => {
  const full = fullSnapshot();
  const lists = (await seriesOf(full, 1)) - (await seriesOf(full));
  assert.equal(lists, 4 * 1 + 4);
  assert.match(rows.get('entry of the top lists, and list')?.what ?? '', /4 × `topLists` \+ 4/);
  const host = { pending: 1, tlsHandshakeErrors: 1 };
  assert.equal((await seriesOf(withProxy(host))) - none, told('embedded host'));
  const certificates = [{ domain: 'a.test', expiresAt: 1 }];
  assert.equal((await seriesOf(withProxy({ certificates }))) - none, told('domain with a certificate'));
  const { overflow, events, invariants } = new MetricsManager().snapshot().self;
  const itself = fullSnapshot().self;
  const page = await seriesOf(
    fullSnapshot({ proxy: bare, dns: null, self: { ...itself, overflow, events, invariants } }),
  );
  assert.equal(page, told('process'));
  assert.ok((await seriesOf(emptySnapshot())) < page);
});

export default tap.start({ throwOnError: true });
