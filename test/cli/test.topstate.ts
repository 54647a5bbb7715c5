import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { DOMAIN_LISTS, ROUTE_COLUMNS } from '../../ts/cli/top/columns.js';
import { FIRST_STATE, press, type IKey, type IScroll, type ITopState } from '../../ts/cli/top/state.js';

const SCROLL: IScroll = { page: 5, maxOffset: 12 };

/** As readline tells them: letters have a name, other characters a sequence only. */
const NAMED: Readonly<Record<string, IKey>> = {
  ' ': { name: 'space', sequence: ' ' },
  enter: { name: 'return', sequence: '\r' },
  tab: { name: 'tab', sequence: '\t' },
  esc: { name: 'escape', sequence: '\x1b', meta: true },
  backspace: { name: 'backspace', sequence: '\x7f' },
  up: { name: 'up', sequence: '\x1b[A' },
  down: { name: 'down', sequence: '\x1b[B' },
  pageup: { name: 'pageup', sequence: '\x1b[5~' },
  pagedown: { name: 'pagedown', sequence: '\x1b[6~' },
  home: { name: 'home', sequence: '\x1b[H' },
  end: { name: 'end', sequence: '\x1b[F' },
  f1: { name: 'f1', sequence: '\x1bOP' },
};
const keyOf = (key: string): IKey => {
  if (NAMED[key] !== undefined) return NAMED[key];
  if (key.startsWith('ctrl-')) return { name: key.slice(5), ctrl: true, sequence: '\x01' };
  return /^[a-z0-9]$/i.test(key) ? { name: key.toLowerCase(), sequence: key } : { sequence: key };
};

function after(keys: readonly string[], from: ITopState = FIRST_STATE): ITopState {
  return keys.reduce((state, key) => {
    const next = press(state, keyOf(key), SCROLL);
    assert.ok(typeof next !== 'string', `${key} ended it`);
    return next;
  }, from);
}
const changes = (keys: readonly string[], from = FIRST_STATE): Partial<ITopState> => {
  const state = after(keys, from);
  return Object.fromEntries(
    Object.entries(state).filter(([name, value]) => {
      return JSON.stringify(value) !== JSON.stringify(from[name as keyof ITopState]);
    }),
  );
};

const EFFECTS: readonly (readonly [keys: string[], changes: Partial<ITopState>])[] = [
  [['d'], { view: 'routes' }],
  [['tab', 'd'], { view: 'dns' }],
  [['d', 'd', 'd'], {}],
  [['s'], { sortColumn: 2 }],
  [['>', '>'], { sortColumn: 3 }],
  [['<'], { sortColumn: 0, descending: { routes: false, domains: true } }],
  [['<', '>'], {}],
  [['r'], { descending: { routes: false, domains: true } }],
  [['r', 's'], { sortColumn: 2 }],
  [['d', 'd', 's'], { view: 'dns', domainList: 1 }],
  [['d', 'd', 'r'], { view: 'dns', descending: { routes: true, domains: false } }],
  [['p'], { paused: true }],
  [[' '], { paused: true }],
  [['p', ' '], {}],
  [['h'], { help: true }],
  [['?'], { help: true }],
  [['?', 'q'], {}],
  [['h', 'p'], {}],
  [['j'], { offset: 1 }],
  [['down', 'down', 'k'], { offset: 1 }],
  [['up'], {}],
  [['pagedown', 'j'], { offset: 6 }],
  [['pagedown', 'pagedown', 'pagedown'], { offset: 12 }],
  [['end', 'pageup'], { offset: 7 }],
  [['end', 'home'], {}],
  [['j', 's', '<'], {}],
  [['j', 'd', 'd', 'd'], {}],
  [['/', 'w', 'E', 'b'], { editing: true, filter: { routes: 'wEb', domains: '' } }],
  [['/', 'q', ' ', '/', 'enter'], { filter: { routes: 'q /', domains: '' } }],
  [['/', 'a', 'é', '日', 'backspace'], { editing: true, filter: { routes: 'aé', domains: '' } }],
  [['/', 'a', 'b', 'ctrl-u', 'c', 'enter'], { filter: { routes: 'c', domains: '' } }],
  [['/', 'a', 'esc'], {}],
  [['/', 'a', 'enter', 'esc'], {}],
  [['j', '/', 'a'], { editing: true, filter: { routes: 'a', domains: '' } }],
  [['/', 'up', 'f1', 'tab', '\u202e', 'ctrl-a', 'enter'], {}],
  [['d', 'd', '/', 'x', 'enter'], { view: 'dns', filter: { routes: '', domains: 'x' } }],
  [['f1', 'x', 'ctrl-s', 'ctrl-r', 'ctrl-p', 'ctrl-d'], {}],
];

for (const [keys, expected] of EFFECTS) {
  tap.test(`keys: ${JSON.stringify(keys)}`, async () => assert.deepEqual(changes(keys), expected));
}

tap.test('sorting goes around: every column of the routes, every list of the domains', async () => {
  assert.deepEqual(changes(Array<string>(ROUTE_COLUMNS.length + 1).fill('s')), {});
  assert.deepEqual(changes(['d', 'd', ...Array<string>(DOMAIN_LISTS.length).fill('<')]), { view: 'dns' });
});

tap.test('q and Ctrl-C end it, Ctrl-Z stops it; Ctrl-C and Ctrl-Z also in the help and in a filter', async () => {
  const special = (key: string, from: ITopState): unknown => press(from, keyOf(key), SCROLL);
  assert.equal(special('q', FIRST_STATE), 'quit');
  for (const from of [FIRST_STATE, after(['h']), after(['/', 'a'])]) {
    assert.equal(special('ctrl-c', from), 'quit');
    assert.equal(special('ctrl-z', from), 'suspend');
  }
});

tap.test('a key that comes with Escape is Escape and the key', async () => {
  const together: IKey = { name: 'd', sequence: '\x1bd', meta: true };
  const state = press(after(['/', 'a', 'enter']), together, SCROLL);
  assert.deepEqual(state, { ...FIRST_STATE, view: 'routes' });
  assert.equal(press(FIRST_STATE, { name: 'q', sequence: '\x1bq', meta: true }, SCROLL), 'quit');
});

tap.test('a filter has an end', async () => {
  assert.equal(after(['/', ...Array<string>(300).fill('x')]).filter.routes.length, 255);
});

export default tap.start({ throwOnError: true });
