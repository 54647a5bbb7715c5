import assert from 'node:assert/strict';
import { tap } from '@push.rocks/tapbundle';
import { until } from '../helpers/wait.js';
import { Tmux } from '../helpers/tmux.js';
import { topCommand, TopRouter } from '../helpers/toprouter.js';

const router = new TopRouter();
await router.start();
const tmux = await Tmux.start(80, 24);
const FRAME = /^q quit {2}h help/m;
const RESTORED = { alternate: false, cursor: true, wrap: true };

/** Starts it and gives its process id. The settings of the terminal stand before and, later, after it. */
async function startTop(nodeArgs = ''): Promise<number> {
  await tmux.run(`clear; stty -a | md5sum; ${topCommand(router.url, nodeArgs)}; echo "exit=$?"; stty -a | md5sum`);
  await tmux.until((text) => FRAME.test(text), 'the first frame');
  const [pid] = await tmux.children();
  assert.ok(pid !== undefined);
  return pid;
}

/** What stands on the screen after its end; the terminal is as it was. */
async function ended(code: number): Promise<string> {
  const text = (await tmux.until((one) => /exit=\d+\n\w{32}/.test(one), `the end with exit code ${code}`)).join('\n');
  assert.match(text, new RegExp(`exit=${code}\n`));
  const [before, after] = [...text.matchAll(/^(\w{32}) {2}-$/gm)].map(([, sum]) => sum);
  assert.ok(before !== undefined && before === after, 'the terminal has other settings than before');
  assert.deepEqual(await tmux.modes(), RESTORED);
  return text;
}

const gone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
  tap.test(`${signal} ends it as q does`, async () => {
    process.kill(await startTop(), signal);
    assert.doesNotMatch(await ended(0), FRAME);
  });
}

tap.test(
  'Ctrl-Z gives the terminal back; fg draws everything again, in the size of now, with figures that go on',
  async () => {
    await startTop();
    await tmux.keys('d');
    await tmux.until((text) => !text.includes('DNS'), 'the routes alone');
    await tmux.keys('C-z');
    await tmux.until((text) => /Stopped/.test(text), 'the shell');
    assert.deepEqual(await tmux.modes(), RESTORED);
    await tmux.run('clear; stty -a | md5sum; echo back');
    const shell = await tmux.until((text) => /^back$/m.test(text), 'a command of the shell');
    router.routes({ 'after-stop': 42 });
    await tmux.run('clear; fg');
    const text = (await tmux.until((one) => /^after-stop +42 /m.test(one), 'the figures of now')).join('\n');
    assert.match(text, FRAME);
    assert.doesNotMatch(text, /DNS|fg/);
    assert.deepEqual(await tmux.modes(), { alternate: true, cursor: false, wrap: false });
    await tmux.keys('C-z');
    await tmux.until((one) => /Stopped/.test(one), 'the shell again');
    await tmux.resize(100, 30);
    await tmux.run('until [ "$(stty size)" = "30 100" ]; do sleep 0.05; done; fg');
    await tmux.until((one) => FRAME.test(one) && /^.{91}connected$/m.test(one), 'the frame again, in the new size');
    await tmux.resize(80, 24);
    await tmux.until((one) => FRAME.test(one) && /^.{71}connected$/m.test(one), 'the frame in the old size');
    await tmux.keys('q');
    const [, sum] = /(\w{32})/.exec(shell.join('\n')) ?? [];
    await tmux.run('clear; stty -a | md5sum; echo end');
    const after = await tmux.until((one) => /^end$/m.test(one), 'the end');
    assert.ok(sum !== undefined && after.join('\n').includes(sum), 'the settings are as when it was stopped');
  },
);

tap.test('SIGTSTP from elsewhere does the same, and so does SIGSTOP once it goes on', async () => {
  const pid = await startTop();
  for (const signal of ['SIGTSTP', 'SIGSTOP'] as const) {
    process.kill(pid, signal);
    await tmux.until((text) => /Stopped/.test(text), `the shell after ${signal}`);
    if (signal === 'SIGTSTP') assert.deepEqual(await tmux.modes(), RESTORED);
    await tmux.run('fg');
    await tmux.until((text) => FRAME.test(text) && !text.includes('Stopped'), `the frame after ${signal}`);
    assert.deepEqual(await tmux.modes(), { alternate: true, cursor: false, wrap: false });
    // The keys are its own again, one by one.
    await tmux.keys('h');
    await tmux.until((text) => text.includes('any key leaves this help'), 'the help');
    await tmux.keys('h');
    await tmux.until((text) => FRAME.test(text), 'the frame');
  }
  await tmux.keys('q');
  await tmux.until((text) => !FRAME.test(text) && text.includes('fg'), 'the shell');
  assert.deepEqual(await tmux.modes(), RESTORED);
});

tap.test('SIGWINCH draws everything anew, also where the size is as it was', async () => {
  const pid = await startTop();
  await tmux.scribble('\x1b[19;30Hscribble');
  await tmux.until((text) => text.includes('scribble'), 'what another program has written');
  process.kill(pid, 'SIGWINCH');
  await tmux.until((text) => !text.includes('scribble') && FRAME.test(text), 'the frame alone');
  await tmux.keys('q');
  await ended(0);
});

tap.test('an error that nobody expected is read on the screen that was there before', async () => {
  const boom = `process.once('SIGUSR2',()=>{throw new Error('unforeseen')})`;
  const pid = await startTop(`--import "data:text/javascript,${boom}"`);
  process.kill(pid, 'SIGUSR2');
  assert.match(await ended(1), /Error: unforeseen/);
});

tap.test('process.exit() from anywhere gives the terminal back', async () => {
  const pid = await startTop(`--import "data:text/javascript,process.once('SIGUSR2',()=>process.exit(7))"`);
  process.kill(pid, 'SIGUSR2');
  await ended(7);
});

tap.test('a server that goes is said, with the age of what is shown; when it is back the figures go on', async () => {
  router.routes({ 'before-restart': 1 });
  await startTop();
  await router.stop();
  const lost = await tmux.until((text) => / reconnecting$/m.test(text), 'that it is lost');
  assert.match(lost[1] ?? '', /^connection refused: nothing listens there {2}figures are \d/);
  assert.match(lost.join('\n'), /^before-restart +1 /m);
  await tmux.until((text) => /figures are [2-9]\.\d s old/.test(text), 'that the figures grow old');
  router.routes({ 'after-restart': 2 });
  await router.start();
  const back = await tmux.until((text) => / connected$/m.test(text), 'that it is back');
  assert.match(back.join('\n'), /^after-restart +2 /m);
  await tmux.keys('q');
  await ended(0);
});

tap.test('a terminal that goes takes it with it', async () => {
  const pid = await startTop();
  const { reads } = router;
  await tmux.stop();
  await until(() => gone(pid), 'the end of the process');
  assert.ok(router.reads - reads <= 3);
});

tap.test('the end', async () => {
  await router.stop();
});

export default tap.start({ throwOnError: true });
