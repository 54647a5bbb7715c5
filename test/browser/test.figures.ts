import { tap } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import type { IRouterStats } from '../../ts/index.js';
import type { IConnectionsPage } from '../../ts/interfaces/ops.js';
import { until } from '../helpers/wait.js';
import { launch } from './chromium.js';
import { Dashboard, TIME_ZONE, type TView } from './classes.dashboard.js';
import { Router } from './classes.router.js';
import { mismatches } from './compare.js';
import { figuresOf, type IFigure } from './figures.js';
import { lookUp, type IAnswers, type IPlace } from './lookup.js';

interface IPage extends IPlace {
  readonly view: TView;
  /** What must be there, by what there is. */
  readonly shows: (stats: IRouterStats, answers: IAnswers) => readonly string[];
}

const RATES = ['connectionsPerSecond', 'requestsPerSecond', 'bytesInPerSecond', 'bytesOutPerSecond'].map(
  (name) => `rates.${name}`,
);
const CACHE = ['hitRate', 'hits', 'coalesced', 'misses', 'bypass', 'entries', 'bytes', 'evictions'];
const DURATION = ['p50', 'p90', 'p99', 'mean', 'count'];
const below = (path: string, names: readonly string[]): string[] => names.map((name) => `${path}.${name}`);
const rows = (list: string, keys: readonly string[], names: readonly string[] = ['count']): string[] =>
  keys.flatMap((key) => below(`${list}[${key}]`, names));

const PAGES: readonly IPage[] = [
  {
    view: 'overview',
    shows: () => [
      ...below('proxy', ['activeConnections', 'totalConnections', 'bytesIn', 'bytesOut', ...RATES]),
      ...below('dns', ['queriesPerSecond', 'totalQueries', 'cache.hitRate', 'answered', 'unanswered']),
      ...[...below('times[dns]', DURATION), ...below('times[route web]', DURATION), 'self.invariants'],
    ],
  },
  {
    view: 'routes',
    shows: ({ proxy }) =>
      (proxy?.routes ?? []).flatMap(({ name, neverHit }) => {
        const hit = neverHit ? 'neverHit' : 'lastOpenedAt';
        return below(`routes[${name}]`, ['active', 'total', 'bytesIn', 'bytesOut', hit, ...RATES]);
      }),
  },
  {
    ...{ view: 'routes', route: 'web' },
    shows: ({ proxy }) => {
      const web = proxy?.routes.find(({ name }) => name === 'web');
      return [
        ...['active', 'total', 'closed', 'bytesIn', 'bytesOut', 'lastOpenedAt', 'oldestSeconds', 'sendQueueBytes'],
        ...['halfOpen', 'reaped', 'massCloses', 'handlerErrors', 'backendConnectErrors', 'backendRetries', ...RATES],
        ...below('requests', ['started', 'finished', 'aborted', 'inFlight', ...below('duration', DURATION)]),
        ...below('connectionDuration', DURATION),
        ...rows('closedByReason', Object.keys(web?.closedByReason ?? {})),
        ...rows('requests.byCode', web?.requests?.byCode.map(({ method, code }) => `${method} ${code}`) ?? []),
      ];
    },
  },
  {
    view: 'dns',
    shows: ({ dns }) => [
      ...below('dns', ['queriesPerSecond', 'totalQueries', 'totalResponses', 'answered', 'unanswered', 'inFlight']),
      ...[...below('dns.cache', CACHE), ...below('dns.duration', DURATION), 'dns.unwrappedHandlers'],
      ...rows('queryTypes', Object.keys(dns?.queryTypes ?? {})),
      ...rows('responseCodes', Object.keys(dns?.responseCodes ?? {})),
      ...rows('transports', Object.keys(dns?.transports ?? {})),
      ...rows('topDomains', dns?.topDomains.map(({ domain }) => domain) ?? []),
      ...rows('topDomainsByUnanswered', dns?.topDomainsByUnanswered.map(({ domain }) => domain) ?? []),
      ...rows('topDomainsByTime', dns?.topDomainsByTime?.map(({ domain }) => domain) ?? []),
      ...rows('topClients', dns?.topClients?.map(({ client }) => client) ?? []),
      ...rows('handlers', dns?.handlers.map(({ pattern }) => pattern) ?? [], ['calls', 'errors']),
    ],
  },
  {
    view: 'connections',
    shows: (_, { connections }) => [
      ...['open', 'matching'],
      ...rows(
        'connections',
        (connections as IConnectionsPage).connections.map(({ connectionId }) => String(connectionId)),
        [
          'routeName',
          'type',
          'clientIp',
          'port',
          'openedAt',
          'ageSeconds',
          'bytesIn',
          'bytesOut',
          'sendQueue',
          'halfOpen',
        ],
      ),
    ],
  },
  {
    view: 'system',
    shows: ({ self, proxy }) => [
      ...below('process', ['cpuPercentage', 'memoryUsageBytes', 'memoryPercentage', 'heapUsedBytes', 'uptimeSeconds']),
      ...below('eventLoop', ['lagMeanSeconds', 'lagP99Seconds', 'lagMaxSeconds']),
      ...below('exposition', ['series', 'renderSeconds', 'renderedAt']),
      ...below('streams', ['readers', 'readersDropped', 'eventsSent', 'eventsLeftOut']),
      ...['startedAt', 'self.sampleAgeSeconds', 'self.sampledAt', 'self.listenerErrors'],
      ...['proxy.forwardedStaleSeconds', 'proxy.tlsHandshakeErrors'],
      ...rows(
        'invariants',
        self.invariants.map(({ name }) => name),
        ['ok', 'violations'],
      ),
      ...rows(
        'events',
        Object.keys(self.events).filter((name) => self.events[name] !== 0),
      ),
      ...rows('certificates', proxy?.certificates?.map(({ domain }) => domain) ?? [], ['expiresAt']),
    ],
  },
];

/** They change from one second to the next, also where nothing happens. */
const MOVING = new Set(['takenAt', 'uptimeSeconds', 'process', 'sampledAt', 'sampleAgeSeconds', 'rates', 'history', 'oldestSeconds', 'queriesPerSecond', 'windowSeconds', 'events']); // prettier-ignore

const router = new Router();
await router.start();
await router.traffic();
await router.hold(4321);
await router.hold(10, '127.0.0.2');
await (await fetch(`${router.url}/metrics`)).text();
const browser = await launch();
const dashboard = await Dashboard.open(browser, router.url);

for (const { view, route, shows } of PAGES) {
  tap.test(`${view} ${route ?? ''}: each figure is that of the JSON, and none is missing`, async () => {
    await dashboard.show(view);
    if (route !== undefined) await dashboard.page.locator(`[data-row="routes"][data-key="${route}"] a`).click();
    await dashboard.live();
    let figures: IFigure[] = [];
    let wrong: readonly string[] = ['nothing was compared'];
    // The page draws an answer a moment after it came.
    await until(async () => {
      const answers = answersOf(dashboard);
      const { takenAt } = answers.stats;
      figures = (await figuresOf(dashboard)).filter(({ name }) => name !== 'answeredAt');
      const names = new Set(figures.map(({ name }) => name));
      const place = route === undefined ? {} : { route };
      wrong = [
        ...mismatches(figures, (name) => lookUp(name, answers, place), takenAt),
        ...shows(answers.stats, answers).flatMap((name) => (names.has(name) ? [] : [`${name} is not shown`])),
      ];
      return wrong.length === 0;
    }, 'every figure to be that of the JSON').catch(() => assert.deepEqual(wrong, []));

    // Some of them are more than 0, and what is not measured is among them: equal for nothing is easy.
    assert.ok(figures.filter(({ value }) => typeof value === 'number' && value > 0).length >= 4);
    assert.ok(figures.some(({ value }) => value === null));
    dashboard.assertClean();
  });
}

tap.test("times are those of the viewer's zone", async () => {
  const options = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  const inZone = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: TIME_ZONE });
  await dashboard.show('routes');
  const figures = await figuresOf(dashboard);
  const answered = figures.find(({ name }) => name === 'answeredAt');
  assert.ok(typeof answered?.value === 'number' && Math.abs(Date.now() - answered.value) < 10_000);
  assert.equal(answered.text, inZone.format(answered.value));
  const hit = figures.find(({ name }) => name === 'routes[tcp].lastOpenedAt');
  assert.ok(typeof hit?.value === 'number' && hit.title.includes(inZone.format(hit.value)), hit?.title);
});

tap.test('what the page was told is what anybody is told', async () => {
  const told = (): unknown => still(answersOf(dashboard).stats);
  await until(
    async () => JSON.stringify(told()) === JSON.stringify(still(await router.stats())),
    'both to be the same',
  ).catch(async () => assert.deepEqual(told(), still(await router.stats())));
});

tap.test('everything is given back', async () => {
  await dashboard.close();
  await browser.close();
  await router.stop();
});

function answersOf({ answers }: Dashboard): IAnswers {
  const stats = answers.get('/api/stats') as IRouterStats;
  return { stats, connections: answers.get('/api/connections'), system: answers.get('/api/system') };
}

function still(stats: IRouterStats): unknown {
  return JSON.parse(JSON.stringify(stats, (key, value: unknown) => (MOVING.has(key) ? undefined : value)));
}

export default tap.start({ throwOnError: true });
