import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { tap } from '@push.rocks/tapbundle';
import fc from 'fast-check';
import { frame } from '../../ts/cli/top/frame.js';
import type { ILink } from '../../ts/cli/top/header.js';
import { COLOURS, PLAIN } from '../../ts/cli/top/paint.js';
import { plainTable } from '../../ts/cli/top/plaintable.js';
import { FIRST_STATE, type ITopState } from '../../ts/cli/top/state.js';
import { widthOf } from '../../ts/cli/top/text.js';
import type { IRouterSnapshot } from '../../ts/interfaces/snapshot.js';
import { figuresSchema, type TFigures } from '../../ts/schema/figures.js';
import { statsOf } from '../../ts/stats/index.js';
import { emptyRoute, emptySnapshot, fullDns, fullProxy, fullRoute, fullSnapshot } from '../helpers/snapshot.js'; // prettier-ignore
import { blocksOf } from '../examples/markdown.js';

const LINK: ILink = { problem: null, age: 0.4 };
/** As they come over the network. */
const figuresOf = (snapshot: IRouterSnapshot): TFigures => {
  return figuresSchema.parse(JSON.parse(JSON.stringify(statsOf(snapshot))));
};
const routes = (...names: string[]): TFigures =>
  figuresOf(fullSnapshot({ proxy: fullProxy({ routes: names.map((name, index) => fullRoute(name, { active: index })) }) })); // prettier-ignore
const FULL = figuresOf(fullSnapshot());

function linesOf(
  figures: TFigures,
  columns: number,
  rows: number,
  state: Partial<ITopState> = {},
  link = LINK,
): readonly string[] {
  // prettier-ignore
  return frame(figures, link, { ...FIRST_STATE, ...state }, { columns, rows }, PLAIN).lines;
}
const namesIn = (lines: readonly string[]): string[] =>
  lines.map((line) => /^(route-\d+) /.exec(line)?.[1] ?? '').filter((name) => name !== '');

tap.test('a frame at 80 × 24: header, routes, DNS, top domains, keys', async () => {
  const lines = linesOf(FULL, 80, 24);
  assert.deepEqual(lines, [
    'host-1  up 01:00:00  routemeter 0.1.0                                  connected',
    'identities BREACHED: bytes  sampled 0.3 s ago  forwarded routes read 1.3 s ago',
    '12 open  1.0 conn/s  in —  out —  — req/s  60 in all',
    '',
    'ROUTE                     ACTIVE▼      TOTAL   CONN/S    REQ/S     IN/S    OUT/S',
    'mail                            6         40        —        —     10 B     20 B',
    'web                             3         10      0.5      0.7  1.02 kB  4.10 kB',
    'tcp "raw"\\                      3         10      0.5      0.7  1.02 kB  4.10 kB',
    '',
    'DNS 3.5 queries/s  30 in all  23 answered  2 unanswered  2 in flight',
    'cache hits 41.7 %  p50 2.50 ms  p99 2.50 s',
    'types  A 20  AAAA 6  OTHER 4',
    '',
    'TOP DOMAINS                                                             QUERIES▼',
    'www.example.test                                                              14',
    'a\\010b.example.test                                                        1 – 3',
    ...Array<string>(7).fill(''),
    'q quit  h help  d view  s sort  r reverse  / filter  p pause                    ',
  ]);
});

tap.test('at 40 × 10 the most telling columns and lines are left', async () => {
  assert.deepEqual(linesOf(FULL, 40, 10), [
    'host-1  up 01:00:00            connected',
    'identities BREACHED: bytes',
    '12 open  1.0 conn/s  in —  out —',
    'ROUTE          ACTIVE▼     IN/S    OUT/S',
    'mail                 6     10 B     20 B',
    'web                  3  1.02 kB  4.10 kB',
    'tcp "raw"\\           3  1.02 kB  4.10 kB',
    'DNS 3.5 queries/s  30 in all',
    '',
    'q quit  h help  d view  s sort          ',
  ]);
  // What rows are sorted by stays.
  assert.match(linesOf(FULL, 40, 10, { sortColumn: 2 })[3] ?? '', /^ROUTE +ACTIVE +TOTAL▼$/);
});

tap.test('on any screen a frame has its lines, and no line is wider', async () => {
  const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom('日本語'.repeat(9), '\x1b[2J'));
  const state = fc.record({
    view: fc.constantFrom('all', 'routes', 'dns'),
    sortColumn: fc.nat(6),
    domainList: fc.nat(2),
    editing: fc.boolean(),
    paused: fc.boolean(),
    help: fc.boolean(),
    offset: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(name, { maxLength: 30 }), state, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 60 }), name, (names, keys, columns, rows, other) => {
      const snapshot = fullSnapshot({
        instance: other,
        proxy: fullProxy({ routes: names.map((one) => fullRoute(one)) }),
        dns: fullDns({ topDomains: { entries: names.map((key) => ({ key, count: 1, maxError: 0 })), maxError: 0, capacity: 9 } }),
      });
      const lines = linesOf(figuresOf(snapshot), columns, rows, { ...keys, filter: { routes: '', domains: '' } }, { problem: other === '' ? null : 'gone', age: 3 });
      assert.equal(lines.length, rows);
      for (const line of lines) {
        assert.ok(widthOf(line) <= columns, `${columns} columns: ${JSON.stringify(line)}`);
        assert.doesNotMatch(line, /\p{C}/u);
      }
    }),
    { numRuns: 500 },
  ); // prettier-ignore
});

tap.test('columns stand under their heads whatever the names are', async () => {
  const lines = linesOf(routes('日本語ルート', 'e\u0301', '\u202ertl', 'x'.repeat(255), 'web'), 80, 24).slice(4, 10);
  for (const line of lines) assert.equal(widthOf(line), 80, line);
  assert.match(lines[4] ?? '', /^e\u0301 {23} {2} {6}1 /u);
  assert.match(lines[2] ?? '', /^x{23}… {2} {6}3 /u);
  assert.match(lines[3] ?? '', /^\\u202ertl /u);
});

tap.test('sorting: any column, both ways; what was not measured is last; equal rows keep their order', async () => {
  const figures = figuresOf(
    fullSnapshot({
      proxy: fullProxy({
        routes: [
          emptyRoute('route-0'),
          fullRoute('route-2', { active: 5, total: 7 }),
          fullRoute('route-1', { active: 5, total: 9 }),
          fullRoute('route-3', { active: 11, total: 8 }),
        ],
      }),
    }),
  );
  const order = (sortColumn: number, descending: boolean): string[] =>
    namesIn(linesOf(figures, 80, 24, { sortColumn, descending: { routes: descending, domains: true } }));
  assert.deepEqual(order(1, true), ['route-3', 'route-2', 'route-1', 'route-0']);
  assert.deepEqual(order(1, false), ['route-2', 'route-1', 'route-3', 'route-0']);
  assert.deepEqual(order(2, true), ['route-1', 'route-3', 'route-2', 'route-0']);
  assert.deepEqual(order(0, false), ['route-0', 'route-1', 'route-2', 'route-3']);
  assert.deepEqual(order(0, true), ['route-3', 'route-2', 'route-1', 'route-0']);
  assert.match(linesOf(figures, 80, 24, { sortColumn: 0, descending: { routes: false, domains: true } })[4] ?? '', /^ROUTE▲ +ACTIVE {2}/); // prettier-ignore
});

tap.test('many routes scroll, and say which of them are shown; a filter leaves what it names', async () => {
  const many = routes(...Array.from({ length: 40 }, (_, index) => `route-${index}`));
  const first = frame(many, LINK, FIRST_STATE, { columns: 80, rows: 24 }, PLAIN);
  assert.match(first.lines[4] ?? '', /^ROUTE 1–10\/40 /);
  assert.deepEqual([first.page, first.maxOffset, namesIn(first.lines).length], [10, 30, 10]);
  assert.equal(first.lines[22], 'a\\010b.example.test                                                        1 – 3');
  const last = linesOf(many, 80, 24, { offset: 99 });
  assert.match(last[4] ?? '', /^ROUTE 31–40\/40 /);
  assert.equal(namesIn(last).at(-1), 'route-0');
  const some = linesOf(many, 80, 24, { filter: { routes: 'OUTE-3', domains: 'A\\0' } });
  assert.deepEqual(namesIn(some), ['route-39', 'route-38', 'route-37', 'route-36', 'route-35', 'route-34', 'route-33', 'route-32', 'route-31', 'route-30', 'route-3']); // prettier-ignore
  assert.equal(some.filter((line) => line.includes('.example.test')).length, 1);
  assert.match(some.at(-1) ?? '', /^only names with "OUTE-3" {2}q quit/);
  assert.ok(linesOf(many, 80, 24, { filter: { routes: 'z', domains: '' } }).includes('no route of this name'));
});

tap.test('the DNS view: codes too, and its lists by queries, unanswered, time', async () => {
  const lists = [0, 1, 2].map((domainList) => linesOf(FULL, 80, 24, { view: 'dns', domainList }).slice(4));
  assert.equal(lists[0]?.[3], 'codes  NOERROR 22  unknown 3');
  assert.match(lists[0]?.[5] ?? '', /^TOP DOMAINS +QUERIES▼$/);
  assert.match(lists[1]?.[5] ?? '', /^TOP DOMAINS +UNANSWERED▼$/);
  assert.match(lists[1]?.[6] ?? '', /^missing\.example\.test +2$/);
  assert.match(lists[2]?.[6] ?? '', /^slow\.example\.test +713 ms$/);
});

tap.test('what is not there or was not measured is said, and never 0', async () => {
  const nothing = linesOf(figuresOf(emptySnapshot()), 80, 24);
  assert.match(nothing.join('\n'), /no identities yet {2}not sampled yet\nno proxy is observed\n/);
  assert.ok(nothing.includes('DNS: no DNS server is observed'));
  const dns = fullDns({ cache: null, duration: [], topDomainsByTime: null, queriesPerSecond: null });
  const bare = figuresOf(fullSnapshot({ dns, proxy: fullProxy({ routes: [emptyRoute('route-0')] }) }));
  const lines = linesOf(bare, 80, 24, { view: 'dns', domainList: 2 });
  assert.match(lines.join('\n'), /\nDNS — queries\/s .*\ncache hits — {2}p50 — {2}p99 —\n/);
  assert.equal(lines[10], '—');
  assert.match(linesOf(bare, 80, 24)[5] ?? '', /^route-0( +—){6}$/);
});

tap.test('trust: identities, the age of what is shown, the link', async () => {
  const { self } = fullSnapshot();
  const trust = (more: object, link = LINK): string => linesOf(figuresOf(fullSnapshot({ self: { ...self, ...more } })), 80, 24, {}, link)[1] ?? ''; // prettier-ignore
  const sound = { name: 'bytes', ok: true, violations: 0, detail: null };
  assert.match(trust({ invariants: [sound, sound] }), /^all 2 identities hold {2}sampled 0\.3 s ago/);
  assert.match(trust({ invariants: [sound, { ...sound, violations: 3 }] }), /^identities hold, 3 breaches before/);
  assert.match(trust({ invariants: [sound, { ...sound, ok: false, name: 'x\x1b' }] }), /^identities BREACHED: x\\x1b/);
  assert.match(trust({ sampleAgeSeconds: 75 }), /sampled 75 s ago/);
  assert.equal(trust({}, { problem: 'connection refused', age: 12 }), 'connection refused  figures are 12 s old');
  assert.match(trust({ invariants: [sound] }, { problem: null, age: 7 }), /hold {2}figures are 7\.0 s old {2}sampled/);
  assert.match(linesOf(FULL, 80, 24, {}, { problem: 'x', age: 1 })[0] ?? '', / reconnecting$/);
  assert.match(linesOf(FULL, 80, 24, { paused: true })[0] ?? '', / paused$/);
});

tap.test('colours are marks on the same text', async () => {
  const coloured = frame(FULL, LINK, FIRST_STATE, { columns: 80, rows: 24 }, COLOURS).lines;
  const plain = linesOf(FULL, 80, 24);
  assert.deepEqual(coloured.map(stripVTControlCharacters), plain); // prettier-ignore
  assert.ok(coloured[1]?.startsWith('\x1b[1;31midentities BREACHED: bytes\x1b[0m'));
});

tap.test('the plain table has everything in full', async () => {
  const name = 'n'.repeat(255);
  const text = plainTable(routes(name, 'web\x1b[2J'));
  assert.match(text, new RegExp(`^ROUTE {252}ACTIVE▼ {6}TOTAL   CONN/S    REQ/S     IN/S    OUT/S\nweb\\\\x1b\\[2J +1 .*\n${name} {8}0 `, 'm')); // prettier-ignore
  assert.match(text, /\ncodes {2}NOERROR 22 {2}unknown 3\n\nTOP DOMAINS +QUERIES▼\nwww\.example\.test +14\n/);
  assert.doesNotMatch(text, /[^\P{C}\n]/u);
  assert.match(plainTable(figuresOf(emptySnapshot())), /\nno proxy is observed\n\nDNS: no DNS server is observed$/);
});

tap.test('the frame in the readme is one that it draws', async () => {
  const { text = '' } = blocksOf(readFileSync('readme.md', 'utf8')).find((block) => block.text.includes('ACTIVE▼')) ?? {}; // prettier-ignore
  const [lines, real] = [text.split('\n'), linesOf(FULL, 80, 24)];
  const shape = (line: string): string => line.replaceAll(/[\d.,:]+/g, '0');
  assert.equal(lines[4], real[4]);
  assert.equal(lines.at(-1), real.at(-1)?.trimEnd());
  assert.equal(shape(lines[10] ?? ''), shape(real[9] ?? ''));
  assert.ok(lines.includes(real.find((line) => line.startsWith('TOP DOMAINS')) ?? 'no top domains'));
  for (const line of lines) assert.ok(widthOf(line) <= 80);
});

tap.test('a newer routemeter that tells more is read all the same; another version is not', async () => {
  const stats = JSON.parse(JSON.stringify(statsOf(fullSnapshot()))) as Record<string, unknown>;
  assert.deepEqual(figuresSchema.parse({ ...stats, more: [1], proxy: { ...(stats['proxy'] as object), more: {} } }), FULL); // prettier-ignore
  assert.equal(figuresSchema.safeParse({ ...stats, schemaVersion: 2 }).success, false);
});

export default tap.start({ throwOnError: true });
