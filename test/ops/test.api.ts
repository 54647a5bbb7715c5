import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { tap } from '@push.rocks/tapbundle';
import type { z } from 'zod';
import type { IHistoryAnswer, IProblem, ISystemAnswer, ITopAnswer } from '../../ts/interfaces/ops.js';
import type { IRouterSnapshot } from '../../ts/interfaces/snapshot.js';
import { OpsServer } from '../../ts/ops/index.js';
import { SharedSnapshots } from '../../ts/ops/api/classes.snapshots.js';
import { historyAnswerSchema, problemSchema, systemAnswerSchema, topAnswerSchema } from '../../ts/schema/opsanswers.js';
import { statsSchema } from '../../ts/schema/statsschema.js';
import { statsOf } from '../../ts/stats/index.js';
import { FakeClock } from '../helpers/fakesource.js';
import { DNS, PROXY, route, SNAPSHOT, sourceOf } from '../stats/fixture.js';
import { ask } from './client.js';

let snapshot: IRouterSnapshot = SNAPSHOT;
const server = new OpsServer({ source: { snapshot: () => snapshot }, port: 0 });
await server.start();
const url = server.url ?? '';

const json = async <T>(path: string): Promise<T> => {
  const answer = await ask(`${url}${path}`);
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return JSON.parse(answer.text) as T;
};
const refused = async (path: string, status = 400): Promise<IProblem> => {
  const answer = await ask(`${url}${path}`);
  assert.equal(answer.status, status, `${path}: ${answer.text}`);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  return problemSchema.parse(JSON.parse(answer.text));
};

/** Fails to compile where a schema and its interface differ. */
type TFits<TValue extends TTarget, TTarget> = TValue;
export type THistory = TFits<z.output<typeof historyAnswerSchema>, IHistoryAnswer>;
export type TTop = TFits<z.output<typeof topAnswerSchema>, ITopAnswer>;
export type TSystem = TFits<z.output<typeof systemAnswerSchema>, ISystemAnswer>;
export type TProblem = TFits<z.output<typeof problemSchema>, IProblem>;

tap.test('/api/stats with fields is what they name of the whole, in its order', async () => {
  const whole = statsOf(SNAPSHOT);
  assert.ok(whole.proxy !== null && whole.dns !== null);
  const { proxy, dns, takenAt } = whole;
  const table: [string, unknown][] = [
    ['takenAt', { takenAt }],
    ['dns.cache,takenAt', { takenAt, dns: { cache: dns.cache } }],
    ['dns.cache.hitRate', { dns: { cache: { hitRate: dns.cache?.hitRate } } }],
    ['proxy.routes', { proxy: { routes: proxy.routes } }],
    [
      'proxy.routes.active,proxy.bytesIn,proxy.routes.name',
      { proxy: { bytesIn: proxy.bytesIn, routes: proxy.routes.map(({ name, active }) => ({ name, active })) } },
    ],
    ['proxy.routes.requests.started', { proxy: { routes: proxy.routes.map(({ requests }) => ({ requests: requests && { started: requests.started } })) } }], // prettier-ignore
    ['proxy,proxy.routes.name', { proxy }],
    ['proxy.routes.name,proxy', { proxy }],
    ['proxy.rates', { proxy: { rates: proxy.rates } }],
    ['dns.queryTypes', { dns: { queryTypes: dns.queryTypes } }],
    ['self.invariants.ok', { self: { invariants: whole.self.invariants.map(({ ok }) => ({ ok })) } }],
    [Object.keys(whole).join(','), whole],
  ];
  for (const [fields, wanted] of table) {
    const { text } = await ask(`${url}/api/stats?fields=${fields}`);
    assert.equal(text, JSON.stringify(wanted), fields);
  }
});

tap.test('whole stats: plain, compressed and by the schema', async () => {
  const plain = await ask(`${url}/api/stats`);
  assert.deepEqual(statsSchema.parse(JSON.parse(plain.text)), statsOf(SNAPSHOT));
  const packed = await ask(`${url}/api/stats`, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(gunzipSync(packed.body).toString(), plain.text);
});

tap.test('a field that the stats do not have is a 400 that names it', async () => {
  const bad = ['nope', 'proxy.nope', 'proxy.routes.nope', 'dns.queryTypes.A', 'proxy.', '.proxy', 'takenAt.ms'];
  for (const field of [...bad, 'constructor', '__proto__', 'proxy.toString', 'proxy.routes.0', ' proxy', '<b>']) {
    const problem = await refused(`/api/stats?fields=takenAt,${encodeURIComponent(field)}`);
    assert.deepEqual([problem.parameter, problem.value], ['fields', field]);
    assert.ok(problem.detail.includes(JSON.stringify(field)), problem.detail);
  }
});

tap.test('wrong parameters are a 400 with parameter, rule and value', async () => {
  const table: [string, string, string][] = [
    ['/api/stats?fields=', 'fields', ''],
    ['/api/stats?fields=takenAt,', 'fields', ''],
    ['/api/stats?fields=takenAt&fields=dns', 'fields', 'dns'],
    ['/api/stats?other=1', 'other', '1'],
    ['/api/stats?__proto__=1', '__proto__', '1'],
    ['/api/stats/routes/web?fields=active', 'fields', 'active'],
    ['/api/history?seconds=5', 'seconds', '5'],
    ['/api/system?x', 'x', ''],
    ['/api/openapi.json?x=y', 'x', 'y'],
    ['/api/top/domains?limit=0', 'limit', '0'],
    ['/api/top/domains?limit=1001', 'limit', '1001'],
    ['/api/top/domains?limit=1.5', 'limit', '1.5'],
    ['/api/top/domains?limit=many', 'limit', 'many'],
    ['/api/top/domains?limit=', 'limit', ''],
    ['/api/top/domains?by=bytes', 'by', 'bytes'],
    ['/api/top/domains?by=constructor', 'by', 'constructor'],
    ['/api/top/domains?by=code:NOERROR', 'by', 'code:NOERROR'],
    ['/api/top/domains?by=code:NONSENSE', 'by', 'code:NONSENSE'],
    ['/api/top/clients?by=unanswered', 'by', 'unanswered'],
    ['/api/top/routes?by=code:SERVFAIL', 'by', 'code:SERVFAIL'],
    [`/api/top/routes?by=${'x'.repeat(500)}`, 'by', 'x'.repeat(200)],
  ];
  for (const [path, parameter, value] of table) {
    const problem = await refused(path);
    assert.deepEqual([problem.parameter, problem.value], [parameter, value], path);
    assert.ok((problem.rule ?? '').length > 5 && problem.detail.includes(problem.rule ?? '-'), problem.detail);
  }
});

tap.test('an answer that is known already is a 304 without a body, compressed or not', async () => {
  for (const path of [
    '/api/stats?fields=proxy.routes',
    '/api/stats',
    '/api/history',
    '/api/top/routes',
    '/api/stats/routes/web',
    '/api/openapi.json',
  ]) {
    // prettier-ignore
    const first = await ask(`${url}${path}`, { headers: { 'accept-encoding': 'gzip' } });
    const { etag } = first.headers;
    assert.ok(etag !== undefined && /^W\/"[\w-]{22}"$/.test(etag), `${path} ${etag}`);
    for (const known of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      for (const method of ['GET', 'HEAD']) {
        const again = await ask(`${url}${path}`, { method, headers: { 'if-none-match': known } });
        assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, etag], `${path} ${known}`);
        assert.equal(again.headers['cache-control'], 'no-store');
      }
    }
    assert.equal((await ask(`${url}${path}`, { headers: { 'if-none-match': '"other"' } })).status, 200);
  }
});

tap.test('other figures have another mark', async () => {
  const { etag } = (await ask(`${url}/api/stats?fields=proxy.routes`)).headers;
  snapshot = { ...SNAPSHOT, proxy: { ...PROXY, routes: [...PROXY.routes, route('new')] } };
  const headers = { 'if-none-match': etag ?? '' };
  let answer = await ask(`${url}/api/stats?fields=proxy.routes`, { headers });
  // The former snapshot serves for a short time.
  for (let count = 0; answer.status === 304 && count < 500; count++) {
    answer = await ask(`${url}/api/stats?fields=proxy.routes`, { headers });
  }
  assert.equal(answer.status, 200);
  assert.match(answer.text, /"new"/);
  assert.notEqual(answer.headers.etag, etag);
  snapshot = SNAPSHOT;
});

tap.test('one snapshot serves all who ask within its time, and failures are not kept', async () => {
  const clock = new FakeClock();
  const log: string[] = [];
  let fails = false;
  const snapshots = new SharedSnapshots(
    {
      prepare: async () => void log.push('prepare'),
      snapshot: () => {
        log.push('snapshot');
        if (fails) throw new Error('the book is closed');
        return { ...SNAPSHOT };
      },
    },
    clock,
  );
  const [one, two] = await Promise.all([snapshots.take(), snapshots.take()]);
  assert.equal(one, two);
  clock.advance(199);
  assert.equal(await snapshots.take(), one);
  assert.deepEqual(log, ['prepare', 'snapshot']);
  clock.advance(1);
  assert.notEqual(await snapshots.take(), one);
  clock.advance(200);
  fails = true;
  const failures = await Promise.allSettled([snapshots.take(), snapshots.take()]);
  for (const failure of failures) assert.match(String((failure as PromiseRejectedResult).reason), /the book is closed/);
  assert.equal(log.length, 6);
  fails = false;
  await snapshots.take();
  assert.equal(log.length, 8);
});

tap.test('/api/history has the rings, and null for what is not observed', async () => {
  const answer = historyAnswerSchema.parse(await json('/api/history'));
  assert.deepEqual(answer, { takenAt: SNAPSHOT.takenAt, proxy: PROXY.history, dns: DNS.history });
  const bare = new OpsServer({ source: sourceOf({ ...SNAPSHOT, proxy: null, dns: null }), port: 0 });
  await bare.start();
  try {
    const nothing: unknown = JSON.parse((await ask(`${bare.url}/api/history`)).text);
    assert.deepEqual(nothing, { takenAt: SNAPSHOT.takenAt, proxy: null, dns: null });
    for (const list of ['domains', 'clients', 'routes']) {
      const top = topAnswerSchema.parse(JSON.parse((await ask(`${bare.url}/api/top/${list}`)).text));
      assert.deepEqual([top.entries, top.maxError], [null, null], list);
    }
    const stats: unknown = JSON.parse((await ask(`${bare.url}/api/stats?fields=dns.cache,proxy.routes.name`)).text);
    assert.deepEqual(stats, { proxy: null, dns: null });
  } finally {
    await bare.stop();
  }
});

tap.test('/api/top has each list in each order', async () => {
  const table: [string, string, unknown][] = [
    ['domains', 'queries', DNS.topDomains],
    ['domains', 'unanswered', DNS.topDomainsByUnanswered],
    ['domains', 'time', DNS.topDomainsByTime],
    ['domains', 'code:SERVFAIL', DNS.topDomainsByCode.find(({ code }) => code === 'SERVFAIL')?.list],
    ['clients', 'connections', PROXY.topClientsByConnections],
    ['clients', 'bytes', PROXY.topClientsByBytes],
    ['clients', 'queries', DNS.topClients],
  ];
  for (const [list, by, wanted] of table) {
    const { entries = null, maxError = null } = (wanted ?? {}) as Partial<ITopAnswer>;
    const answer = topAnswerSchema.parse(await json(`/api/top/${list}?by=${by}`));
    assert.deepEqual([answer.list, answer.by, answer.entries, answer.maxError], [list, by, entries, maxError]);
  }
  // A code that did not occur has nobody in its list, which is known.
  assert.deepEqual((await json<ITopAnswer>('/api/top/domains?by=code:NOTAUTH')).entries, []);
  assert.equal((await json<ITopAnswer>('/api/top/domains')).by, 'queries');
  assert.equal((await json<ITopAnswer>('/api/top/clients')).by, 'connections');
  assert.equal((await refused('/api/top/nothing', 404)).status, 404);
});

tap.test('/api/top/routes: the largest, without those that are not measured', async () => {
  const routes = Array.from({ length: 300 }, (_, index) => route(`r${index}`, { active: (index * 7) % 100, total: 0, bytesIn: index, bytesOut: index % 2 === 0 ? null : 1 })); // prettier-ignore
  const other = new OpsServer({ source: sourceOf({ ...SNAPSHOT, proxy: { ...PROXY, routes } }), port: 0 });
  await other.start();
  try {
    const top = async (query: string): Promise<ITopAnswer> =>
      topAnswerSchema.parse(JSON.parse((await ask(`${other.url}/api/top/routes${query}`)).text));
    const byActive = routes.map(({ name, active }) => ({ key: name, count: active ?? 0, maxError: 0 }));
    byActive.sort((a, b) => b.count - a.count);
    assert.deepEqual((await top('')).entries, byActive.slice(0, 10));
    assert.deepEqual((await top('?by=active&limit=1000')).entries, byActive);
    const byBytes = await top('?by=bytes&limit=1000');
    assert.equal(byBytes.entries?.length, 150);
    assert.deepEqual(byBytes.entries[0], { key: 'r299', count: 300, maxError: 0 });
    assert.deepEqual((await top('?by=requests')).entries, []);
    assert.deepEqual(
      (await top('?by=total&limit=2')).entries?.map(({ key }) => key),
      ['r0', 'r1'],
    );
  } finally {
    await other.stop();
  }
});

tap.test('/api/system tells of itself; what was not measured yet is null', async () => {
  const fresh = systemAnswerSchema.parse(await json('/api/system'));
  assert.deepEqual([fresh.eventLoop, fresh.exposition, fresh.streams], [null, null, null]);
  await ask(`${url}/metrics`);
  const { exposition, takenAt } = systemAnswerSchema.parse(await json('/api/system'));
  assert.ok(exposition !== null && exposition.series > 50 && exposition.renderedAt <= takenAt);
});

tap.test('the server ends', async () => {
  await server.stop();
});

export default tap.start({ throwOnError: true });
