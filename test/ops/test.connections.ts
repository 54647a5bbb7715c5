import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import type { z } from 'zod';
import { MetricsAwareProxy, MetricsManager } from '../../ts/index.js';
import type { IConnectionsPage, IListedConnection } from '../../ts/interfaces/ops.js';
import type { IOpenConnection, IProxySource } from '../../ts/interfaces/source.js';
import { ConnectionList } from '../../ts/ops/api/classes.connectionlist.js';
import { Largest } from '../../ts/ops/api/classes.largest.js';
import type { Problem } from '../../ts/ops/classes.problem.js';
import { OpsServer } from '../../ts/ops/index.js';
import { connectionsPageSchema, problemSchema } from '../../ts/schema/opsanswers.js';
import { FakeClock, FakeProxySource } from '../helpers/fakesource.js';
import { streamOpener } from '../helpers/openstreams.js';
import { ask } from './client.js';

/** Fails to compile where schema and interface differ. */
type TFits<TValue extends TTarget, TTarget> = TValue;
export type TPage = TFits<z.output<typeof connectionsPageSchema>, IConnectionsPage>;

const manager = new MetricsManager();
const proxy = new MetricsAwareProxy();
manager.observe(proxy);
const openWeb = streamOpener(proxy, 'web');
const openEcho = streamOpener(proxy, 'echo <b>');
const streams = [
  openWeb({ clientIp: '192.0.2.1', domain: 'example.com' }),
  openWeb({ clientIp: '192.0.2.200' }),
  openWeb({ clientIp: '198.51.100.1' }),
  openEcho({ clientIp: '2001:db8::1', port: 8443 }),
  openEcho({ clientIp: '192.0.2.1' }),
];
for (const [index, stream] of streams.entries()) stream.moved(100 * index, 1000 - index);
await proxy.sweep();
const ids = streams.map(({ id }) => id);

async function served<T>(options: object, use: (url: string) => Promise<T>): Promise<T> {
  const server = new OpsServer({ source: manager, events: [proxy], port: 0, ...options });
  await server.start();
  return use(server.url ?? '').finally(() => server.stop());
}
const pageAt = async (url: string, query = ''): Promise<IConnectionsPage> => {
  const answer = await ask(`${url}/api/connections${query}`);
  assert.equal(answer.status, 200, answer.text);
  return connectionsPageSchema.parse(JSON.parse(answer.text));
};
const places = ({ connections }: IConnectionsPage): number[] =>
  connections.map(({ connectionId }) => ids.indexOf(connectionId));

tap.test('every open connection is there with all that is known of it', async () => {
  await served({}, async (url) => {
    const page = await pageAt(url);
    assert.deepEqual([page.open, page.matching, page.nextCursor, page.sort], [5, 5, null, 'age']);
    const first = page.connections.find(({ connectionId }) => connectionId === ids[0]);
    assert.ok(first !== undefined && first.ageSeconds >= 0);
    const { ageSeconds, openedAt, ...rest } = first;
    assert.equal(ageSeconds, Math.max(0, page.takenAt - openedAt) / 1000);
    assert.deepEqual(rest, {
      connectionId: ids[0],
      routeName: 'web',
      type: 'tcp',
      clientIp: '192.0.2.1',
      domain: 'example.com',
      port: 443,
      bytesIn: 0,
      bytesOut: 1000,
      sendQueue: 0,
      halfOpen: false,
    });
  });
});

tap.test('filters and orders', async () => {
  const table: [string, number[]][] = [
    ['?route=web', [0, 1, 2]],
    ['?route=echo%20%3Cb%3E', [3, 4]],
    ['?route=we', []],
    ['?client=192.0.2.1', [0, 4]],
    ['?client=::ffff:192.0.2.1', [0, 4]],
    ['?client=192.0.2.0/24', [0, 1, 4]],
    ['?client=192.0.2.1/32', [0, 4]],
    ['?client=0.0.0.0/0', [0, 1, 2, 4]],
    ['?client=2001:DB8:0::1', [3]],
    ['?client=2001:db8::/32', [3]],
    ['?client=2001:db9::/32', []],
    ['?client=192.0.2.1&route=web', [0]],
    ['?minBytes=1000', [0, 1, 2, 3, 4]],
    ['?minBytes=1297', [3, 4]],
    ['?minAgeSeconds=3600', []],
    ['?minAgeSeconds=0', [0, 1, 2, 3, 4]],
  ];
  await served({}, async (url) => {
    for (const [query, wanted] of table) {
      const page = await pageAt(url, query);
      assert.deepEqual(places(page).toSorted(), wanted, query);
      assert.deepEqual([page.open, page.matching], [5, wanted.length], query);
    }
    assert.deepEqual(places(await pageAt(url, '?sort=bytesIn')), [4, 3, 2, 1, 0]);
    assert.deepEqual(places(await pageAt(url, '?sort=bytesOut')), [0, 1, 2, 3, 4]);
    assert.deepEqual(places(await pageAt(url, '?sort=bytes')), [4, 3, 2, 1, 0]);
    // Alike in it: the older id first.
    assert.deepEqual(places(await pageAt(url, '?sort=sendQueue')), [0, 1, 2, 3, 4]);
  });
});

tap.test('pages hang together by their cursor', async () => {
  await served({}, async (url) => {
    for (const sort of ['age', 'bytes', 'sendQueue']) {
      const whole = places(await pageAt(url, `?sort=${sort}`));
      const seen: number[] = [];
      let cursor = '';
      for (let count = 0; count < 3; count++) {
        const page = await pageAt(url, `?sort=${sort}&limit=2${cursor}`);
        assert.deepEqual([page.open, page.matching], [5, 5]);
        seen.push(...places(page));
        assert.equal(page.nextCursor === null, count === 2);
        cursor = `&cursor=${page.nextCursor}`;
      }
      assert.deepEqual(seen, whole, sort);
    }
    // The last page is full and there is no other.
    assert.equal((await pageAt(url, '?limit=5')).nextCursor, null);
  });
});

tap.test('wrong parameters are told', async () => {
  const byAge = Buffer.from('age:-5:1').toString('base64url');
  const table: [string, string][] = [
    ['?limit=0', 'limit'],
    ['?limit=1001', 'limit'],
    ['?limit=ten', 'limit'],
    ['?sort=name', 'sort'],
    ['?minBytes=-1', 'minBytes'],
    ['?minBytes=', 'minBytes'],
    ['?minBytes=1e400', 'minBytes'],
    ['?minAgeSeconds=x', 'minAgeSeconds'],
    ['?client=nobody', 'client'],
    ['?client=192.0.2.0/33', 'client'],
    ['?client=192.0.2.0/', 'client'],
    ['?client=192.0.2', 'client'],
    ['?client=2001:db8::/129', 'client'],
    ['?client=a&client=b', 'client'],
    ['?cursor=nonsense', 'cursor'],
    [`?cursor=${byAge}&sort=bytes`, 'cursor'],
    ['?page=2', 'page'],
  ];
  await served({}, async (url) => {
    for (const [query, parameter] of table) {
      const answer = await ask(`${url}/api/connections${query}`);
      assert.equal(answer.status, 400, query);
      assert.equal(problemSchema.parse(JSON.parse(answer.text)).parameter, parameter, query);
    }
    assert.equal((await ask(`${url}/api/connections?cursor=${byAge}`)).status, 200);
  });
});

tap.test('privacy holds, and a filter cannot tell what it hides', async () => {
  const shown = ({ connections }: IConnectionsPage): (string | null)[] =>
    connections.toSorted((a, b) => a.connectionId - b.connectionId).map(({ clientIp }) => clientIp);
  await served({ privacy: 'mask' }, async (url) => {
    const masked = ['192.0.2.0/24', '192.0.2.0/24', '198.51.100.0/24', '2001:db8::/48', '192.0.2.0/24'];
    assert.deepEqual(shown(await pageAt(url)), masked);
    for (const hidden of ['192.0.2.1', '192.0.2.0', '192.0.2.0/25', '192.0.2.1/32', '2001:db8::1', '2001:db8::/64']) {
      assert.deepEqual(places(await pageAt(url, `?client=${hidden}`)), [], hidden);
    }
    assert.deepEqual(places(await pageAt(url, '?client=192.0.2.0/24')).toSorted(), [0, 1, 4]);
    assert.deepEqual(places(await pageAt(url, '?client=192.0.0.0/16')).toSorted(), [0, 1, 4]);
    assert.deepEqual(places(await pageAt(url, '?client=2001:db8::/48')), [3]);
  });
  await served({ privacy: 'none' }, async (url) => {
    assert.deepEqual(shown(await pageAt(url)), [null, null, null, null, null]);
    assert.deepEqual(places(await pageAt(url, '?client=0.0.0.0/0')), []);
  });
});

tap.test('without a source that shows connections, the path says so', async () => {
  for (const events of [undefined, [], [new FakeProxySource('a')]]) {
    await served({ events }, async (url) => {
      const answer = await ask(`${url}/api/connections`);
      assert.equal(answer.status, 404);
      assert.match(problemSchema.parse(JSON.parse(answer.text)).detail, /event source/);
    });
  }
});

/** A source whose walks wait until they are let go. */
class WaitingSource extends FakeProxySource implements IProxySource {
  walks: { visit: (connection: IOpenConnection) => void; end: (error?: Error) => void }[] = [];

  visitOpen(visit: (connection: IOpenConnection) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.walks.push({ visit, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  }
}

const QUERY = { sort: 'age', limit: 100 } as const;

tap.test('the largest of many, however they come', async () => {
  const orders: ((index: number) => number)[] = [
    (index) => index,
    (index) => -index,
    (index) => (index * 7919) % 1009,
    (index) => (index * 31) % 7,
    (index) => (index % 2 === 0 ? index : -index),
  ];
  for (const [which, order] of orders.entries()) {
    const values = Array.from({ length: 500 }, (_, index) => ({ value: order(index), tie: index, item: index }));
    const sorted = values.toSorted((a, b) => b.value - a.value || a.tie - b.tie);
    for (const limit of [1, 2, 3, 10, 100, 499, 500, 501]) {
      const largest = new Largest<number>(limit);
      for (const { value, tie, item } of values) largest.offer(value, tie, item);
      assert.deepEqual(largest.ranked(), sorted.slice(0, limit), `order ${which}, limit ${limit}`);
    }
  }
});

tap.test('who asks the same shares a walk; of others there are at most 8 at once', async () => {
  const source = new WaitingSource('a');
  const list = new ConnectionList([source], 'full', new FakeClock());
  const same = [list.page(QUERY), list.page({ ...QUERY }), list.page(QUERY)];
  assert.equal(source.walks.length, 1);
  const others = Array.from({ length: 7 }, (_, index) => list.page({ ...QUERY, limit: index + 1 }));
  assert.equal(source.walks.length, 8);
  const refused = list.page({ ...QUERY, limit: 50 });
  assert.equal(source.walks.length, 8);
  await assert.rejects(refused, (error: Problem) => {
    assert.deepEqual([error.status, error.headers['Retry-After']], [503, '1']);
    return true;
  });
  for (const { end } of source.walks) end();
  const [one, two] = await Promise.all(same);
  assert.equal(one, two);
  await Promise.all(others);
  // There is room again, and an answer is not kept.
  const again = list.page(QUERY);
  source.walks.at(-1)?.end();
  assert.notEqual(await again, one);
});

tap.test('a walk that fails is a 503; the next one is tried anew', async () => {
  const source = new WaitingSource('a');
  const list = new ConnectionList([source], 'full', new FakeClock());
  const failing = list.page(QUERY);
  source.walks[0]?.end(new Error('the table is on fire'));
  await assert.rejects(failing, (error: Problem) => error.status === 503 && /on fire/.test(error.message));
  const next = list.page(QUERY);
  source.walks[1]?.end();
  assert.equal((await next).open, 0);
});

tap.test('50,000 connections: every page is right', async () => {
  const clock = new FakeClock();
  const source = new WaitingSource('a');
  const list = new ConnectionList([source, source], 'full', clock);
  const connections = Array.from({ length: 50_000 }, (_, index): IOpenConnection => ({
    connectionId: index,
    routeName: 'a',
    type: 'tcp',
    clientIp: null,
    port: null,
    openedAt: clock.wall(),
    bytesIn: (index * 7919) % 10_007,
    bytesOut: 0,
    sendQueue: 0,
    halfOpen: false,
  }));
  const pageOf = async (cursor?: string): Promise<IConnectionsPage> => {
    const page = list.page({ sort: 'bytesIn', limit: 1000, cursor });
    const [first, second] = [connections.slice(0, 30_000), connections.slice(30_000)];
    for (const part of [first, second]) {
      const walk = source.walks.shift();
      for (const connection of part) walk?.visit(connection);
      walk?.end();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return page;
  };
  const wanted = connections.toSorted((a, b) => b.bytesIn - a.bytesIn || a.connectionId - b.connectionId);
  let page = await pageOf();
  const seen: IListedConnection[] = [];
  for (let count = 0; count < 3; count++) {
    assert.deepEqual([page.open, page.matching, page.connections.length], [50_000, 50_000, 1000]);
    seen.push(...page.connections);
    page = await pageOf(page.nextCursor ?? undefined);
  }
  assert.deepEqual(
    seen.map(({ connectionId }) => connectionId),
    wanted.slice(0, 3000).map(({ connectionId }) => connectionId),
  );
});

tap.test('the connections end', async () => {
  for (const stream of streams) stream.end();
  proxy.detach();
  await manager.stop();
});

export default tap.start({ throwOnError: true });
