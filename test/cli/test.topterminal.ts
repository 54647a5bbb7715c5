import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { until } from '../helpers/wait.js';
import { Tmux } from '../helpers/tmux.js';
import { topCommand, TopRouter } from '../helpers/toprouter.js';

const router = new TopRouter();
await router.start();
const tmux = await Tmux.start(80, 24, { TERM: 'tmux-256color' });
const KEYS_LINE = /^q quit {2}h help/m;

/** Starts it, after what the terminal's settings are. */
async function startTop(args = router.url): Promise<void> {
  await tmux.run(`clear; stty -a | md5sum; ${topCommand(args)}; echo "exit=$?"; stty -a | md5sum`);
  await tmux.until((text) => KEYS_LINE.test(text), 'the first frame');
}

/** It has ended with this exit code, and has left nothing behind: settings, screen, cursor, wrapping. */
async function assertEnded(code: number): Promise<void> {
  const text = (await tmux.until((one) => /exit=\d+\n\w{32}/.test(one), `the end of it, with exit code ${code}`)).join(
    '\n',
  );
  const [before, after] = [...text.matchAll(/^(\w{32}) {2}-$/gm)].map(([, sum]) => sum);
  assert.match(text, new RegExp(`exit=${code}\n`));
  assert.ok(before !== undefined && before === after, 'the terminal has other settings than before');
  assert.doesNotMatch(text, KEYS_LINE);
  assert.deepEqual(await tmux.modes(), { alternate: false, cursor: true, wrap: true });
}
const namesIn = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /^(route-\w+) /.exec(line)?.slice(1) ?? []);

tap.test('the first frame, on the alternate screen without a cursor; new figures by themselves', async () => {
  router.routes({ 'route-a': 3, 'route-b': 12, 'route-c': 7 });
  await startTop();
  const lines = await tmux.lines();
  assert.deepEqual(await tmux.modes(), { alternate: true, cursor: false, wrap: false });
  assert.match(lines[0] ?? '', /^host-1 {2}up 01:00:00 {2}routemeter 0\.1\.0 +connected$/);
  assert.match(lines[1] ?? '', /^identities BREACHED: bytes {2}sampled 0\.3 s ago/);
  assert.equal(lines[4], 'ROUTE                     ACTIVE▼      TOTAL   CONN/S    REQ/S     IN/S    OUT/S');
  assert.equal(lines[5], 'route-b                        12         10      0.5      0.7  1.02 kB  4.10 kB');
  assert.match(lines.join('\n'), /\nDNS 3\.5 queries\/s .*\ncache hits 41\.7 % .*\ntypes .*\n\nTOP DOMAINS .*\nwww/);
  assert.equal(lines.length, 24);
  router.routes({ 'route-a': 1234, 'route-b': 12, 'route-c': 7 });
  await tmux.until((text) => /\nroute-a +1,234 .*\nroute-b/.test(text), 'the new figures, sorted');
});

tap.test('keys: sort, reverse, views, filter, help', async () => {
  await tmux.keys('r');
  await tmux.until((text) => text.includes('ACTIVE▲'), 'the reverse order');
  assert.deepEqual(namesIn(await tmux.lines()), ['route-c', 'route-b', 'route-a']);
  await tmux.keys('<');
  await tmux.until((text) => text.includes('ROUTE▲'), 'the order of names');
  assert.deepEqual(namesIn(await tmux.lines()), ['route-a', 'route-b', 'route-c']);
  await tmux.keys('s', '>');
  await tmux.until((text) => text.includes('TOTAL▼'), 'the second column');
  await tmux.keys('Tab');
  await tmux.until((text) => !text.includes('DNS'), 'the routes alone');
  await tmux.keys('d');
  await tmux.until((text) => text.includes('codes'), 'DNS alone');
  await tmux.keys('s');
  await tmux.until((text) => /UNANSWERED▼\nmissing/.test(text), 'the unanswered domains');
  await tmux.keys('d', '/');
  await tmux.type('ROUTE-b');
  await tmux.until((text) => text.includes('/ROUTE-b_'), 'what is typed');
  assert.deepEqual(namesIn(await tmux.lines()), ['route-b']);
  await tmux.keys('BSpace', 'Enter');
  await tmux.until((text) => /only names with "ROUTE-"/.test(text) && namesIn(text.split('\n')).length === 3, 'all');
  await tmux.keys('Escape');
  await tmux.until((text) => !text.includes('only names'), 'no filter');
  await tmux.keys('?');
  const help = await tmux.until((text) => text.includes('any key leaves this help'), 'the help');
  assert.match(help.join('\n'), /^q, Ctrl-C +quit\n.*^h, \? +this help/ms);
  await tmux.keys('q');
  await tmux.until((text) => KEYS_LINE.test(text), 'the frame after the help');
});

tap.test('pause: what is shown stays, and nothing is read, until it goes on', async () => {
  await tmux.keys('q');
  await assertEnded(0);
  await startTop(`--interval 0.1 ${router.url}`);
  const { reads: before } = router;
  await until(() => router.reads - before >= 5, 'ten reads a second');
  await tmux.keys('p');
  await tmux.until((text) => / paused$/m.test(text), 'the pause');
  const { reads } = router;
  router.routes({ 'route-a': 77 });
  // Ten intervals in which nothing may happen; one read may have been under way.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.ok(router.reads - reads <= 1, `${router.reads - reads} reads while paused`);
  assert.equal(namesIn(await tmux.lines()).length, 3);
  await tmux.keys('Space');
  await tmux.until((text) => / connected$/m.test(text) && /^route-a +77 /m.test(text), 'the figures of now');
});

tap.test('resizing draws anew, small and large; a list scrolls and keeps its place', async () => {
  router.routes(Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`route-${index}`, 1000 - index])));
  await tmux.until((text) => /1–\d+\/60/.test(text), '60 routes');
  await tmux.resize(40, 10);
  const small = await tmux.until((text) => /^ROUTE 1–4\/60 +ACTIVE▼ +IN\/S +OUT\/S$/m.test(text), 'a small frame');
  assert.equal(small.length, 10);
  assert.match(small[8] ?? '', /^DNS 3\.5 queries\/s/);
  assert.match(small[9] ?? '', /^q quit {2}h help/);
  await tmux.keys('NPage', 'j', 'Down');
  await tmux.until((text) => text.includes('ROUTE 7–10/60') && /^route-6 /m.test(text), 'a page and two rows down');
  await tmux.keys('PPage', 'k');
  await tmux.until((text) => text.includes('ROUTE 2–5/60'), 'a page and a row up');
  await tmux.resize(120, 40);
  const large = await tmux.until((text) => /^ROUTE 2–\d+\/60 .* REQ\/S/m.test(text), 'a large frame');
  assert.equal(large.length, 40);
  assert.match(large[0] ?? '', /^host-1 .{102} {2}connected$/);
  await tmux.keys('End');
  await tmux.until((text) => /^route-59 /m.test(text), 'the last route');
  await tmux.keys('Home');
  await tmux.until((text) => /^route-0 /m.test(text), 'the first route');
  await tmux.resize(80, 24);
  await tmux.until((text) => /^ROUTE 1–\d\d\/60/m.test(text), 'the frame as it was');
});

tap.test('hostile names: shown as text, every column where it belongs', async () => {
  const names = ['\x1b]0;owned\x07\x1b[2J', '\u202eleft\u200f', '日本語ルート', 'e\u0301'.repeat(4), '🚀 rocket', 'a\tb\nc\x7f\u009b1m', `${'x'.repeat(255)}`, '한국어', '👨‍👩‍👧 flag 🇩🇪 ❤️']; // prettier-ignore
  router.routes(Object.fromEntries(names.map((name, index) => [name, 900 - index])));
  const lines = await tmux.until((text) => text.includes('rocket'), 'the hostile names');
  const rows = lines.slice(5, 5 + names.length);
  rows.forEach((row, index) => {
    assert.match(row, new RegExp(` {2,}${900 - index} {9}10 {6}0\\.5 {6}0\\.7 {2}1\\.02 kB {2}4\\.10 kB$`), row);
  });
  assert.match(rows[0] ?? '', /^\\x1b\]0;owned\\x07\\x1b\[2J /);
  assert.match(rows[1] ?? '', /^\\u202eleft\\u200f /);
  assert.match(rows[5] ?? '', /^a\\x09b\\x0ac\\x7f\\x9b1m /);
  assert.match(rows[6] ?? '', /^x{23}… /);
  // Where the terminal itself has the cursor after each line, wide characters included.
  const columns = rows.map((row) => [...row].reduce((sum, one) => sum + (/[\u3000-\ud7ff🚀👨👩👧]/u.test(one) ? 2 : /\u0301/.test(one) ? 0 : 1), 0)); // prettier-ignore
  assert.deepEqual([...new Set(columns)], [80]);
});

tap.test('q ends it with exit code 0 and gives the terminal back; so does Ctrl-C', async () => {
  await tmux.keys('q');
  await assertEnded(0);
  await startTop();
  await tmux.keys('C-c');
  await assertEnded(0);
});

tap.test('colours, unless NO_COLOR is set; on a terminal that can nothing a plain table', async () => {
  await startTop();
  assert.ok((await tmux.styled()).includes('\x1b[7mROUTE'));
  await tmux.keys('q');
  await assertEnded(0);
  await tmux.run(`clear; NO_COLOR=1 ${topCommand(router.url)}`);
  await tmux.until((text) => KEYS_LINE.test(text), 'the first frame');
  assert.ok(!(await tmux.styled()).includes('\x1b'));
  await tmux.keys('q');
  await tmux.run(`clear; TERM=dumb ${topCommand(router.url)}; echo "exit=$?"`);
  await tmux.until((text) => text.includes('exit=0'), 'a plain table');
  assert.deepEqual(await tmux.modes(), { alternate: false, cursor: true, wrap: true });
});

tap.test('the end', async () => {
  await tmux.stop();
  await router.stop();
});

export default tap.start({ throwOnError: true });
