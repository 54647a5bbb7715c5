import { tap, expect } from '@push.rocks/tapbundle';
import assert from 'node:assert/strict';
import { apiPath } from '../../ts/ops/dashboard/apipath.js';
import { backoffMs } from '../../ts/ops/dashboard/backoff.js';
import { hashOf, parseHash, routeHash, sameRoute, VIEWS } from '../../ts/ops/dashboard/hash.js';
import { nextSort, sorted } from '../../ts/ops/dashboard/sorting.js';

tap.test('every view has an address and is found by it, with its filters', async () => {
  for (const view of VIEWS) {
    expect(parseHash(hashOf(view))?.view).toEqual(view);
    const found = parseHash(hashOf(view, { route: 'a&b=c?#/d', client: '::1' }));
    assert.deepEqual(
      [...(found?.query ?? [])],
      [
        ['route', 'a&b=c?#/d'],
        ['client', '::1'],
      ],
    );
  }
  for (const hash of ['', '#', '#/']) expect(parseHash(hash)?.view).toEqual('overview');
});

tap.test('the hash of another page is left alone', async () => {
  for (const hash of ['#top', '#/settings', '#/dns/x', '#overview', '#/Overview', '#//routes']) {
    expect(parseHash(hash)).toBeNull();
  }
});

tap.test('a route of any name is found by its address', async () => {
  const hostile = [
    '',
    '.',
    '..',
    '/',
    'a/b?c#d',
    '100%',
    '%41',
    '<script>',
    '"',
    "'",
    '\u202E',
    '\u0000',
    '🦊',
    'x'.repeat(255),
  ];
  for (const name of [...hostile, 'lone \uD800 half']) {
    const found = parseHash(routeHash(name));
    expect(found?.view).toEqual('routes');
    assert.ok(sameRoute(name, found?.route ?? 'none'), JSON.stringify(name));
  }
  expect(parseHash('#/routes')?.route).toBeNull();
  expect(parseHash('#/routes/%E0%A4%A')?.route).toEqual('%E0%A4%A');
  expect(sameRoute('web', 'api')).toBeFalse();
});

tap.test(
  'what is asked fits into a request whatever the address says, and is no shorter than what the API refuses',
  async () => {
    expect(apiPath('api/x', { route: 'a b&c', limit: '5' })).toEqual('api/x?route=a+b%26c&limit=5');
    const long = '\u202E'.repeat(100_000);
    const path = apiPath('api/x', { route: long, client: long });
    expect(path.length < 12_000).toBeTrue();
    const query = new URLSearchParams(path.slice(path.indexOf('?')));
    assert.deepEqual([query.get('route')?.length, query.get('client')?.length], [1001, 65]);
  },
);

interface IRow {
  readonly name: string;
  readonly count: number | null;
}
const ROWS: readonly IRow[] = [
  { name: 'route 10', count: 2 },
  { name: 'route 9', count: null },
  { name: 'Route 1', count: 2 },
  { name: 'other', count: 30 },
];
const names = (rows: readonly IRow[]): string => rows.map(({ name }) => name).join();

tap.test(
  'numbers are sorted as numbers; what is not measured is last either way, and equals keep their order',
  async () => {
    expect(names(sorted(ROWS, ({ count }) => count, 'descending'))).toEqual('other,route 10,Route 1,route 9');
    expect(names(sorted(ROWS, ({ count }) => count, 'ascending'))).toEqual('route 10,Route 1,other,route 9');
  },
);

tap.test('names are sorted as people read them, and the rows given stay as they are', async () => {
  expect(names(sorted(ROWS, ({ name }) => name, 'ascending'))).toEqual('other,Route 1,route 9,route 10');
  expect(names(ROWS)).toEqual('route 10,route 9,Route 1,other');
});

tap.test(
  'a heading sorts by its column, the largest number or the first name first, and turns round when pressed again',
  async () => {
    const byName = { column: 'name', direction: 'ascending' } as const;
    const number = { id: 'count', numeric: true };
    const first = nextSort(number, byName);
    assert.deepEqual(first, { column: 'count', direction: 'descending' });
    assert.deepEqual(nextSort(number, first), { column: 'count', direction: 'ascending' });
    assert.deepEqual(nextSort({ id: 'name' }, first), byName);
    assert.deepEqual(nextSort({ id: 'name' }, byName), { column: 'name', direction: 'descending' });
  },
);

tap.test('waits double up to 15 s, and differ from page to page', async () => {
  const waits = [1, 2, 3, 4, 5, 6, 1000].map((failures) => backoffMs(failures, () => 1));
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  assert.deepEqual(
    [1, 5].map((failures) => backoffMs(failures, () => 0)),
    [500, 7500],
  );
});

export default tap.start({ throwOnError: true });
