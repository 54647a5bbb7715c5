/**
 * Loaded into each test file's process by scripts/test.mjs, and idle everywhere else.
 *
 * tapbundle's `start()` cannot tell two bad endings from a good one: a process whose event loop runs empty while a test
 * still awaits exits 0, and so does a file without a single test. And node's own time limit names the file, but neither
 * the test that hung nor the handle that kept the process open. Both are said here.
 */
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';

const [, script = ''] = process.argv;

// Not in the runner itself, nor in worker threads and forked children of a test: they inherit the --import.
if (
  isMainThread &&
  process.env.NODE_TEST_CONTEXT !== undefined &&
  /^(test|long)\..+\.[jt]s$/.test(path.basename(script))
) {
  const { tap } = await import('@push.rocks/tapbundle');
  const unfinished = () => tap._tapTests.filter((test) => test.status === 'pending');

  process.on('exit', (code) => {
    if (code !== 0) return;
    const left = unfinished();
    if (tap._tapTestsOnly.length > 0) {
      console.log('not ok - tap.only leaves the other tests of this file out');
    } else if (tap._tapTests.length === 0) {
      console.log('not ok - this file ran no test');
    } else if (left.length > 0) {
      console.log(
        'not ok - the process ended before these tests did (nothing left that could settle what they await):',
      );
      for (const test of left) console.log(`  ${test.description}`);
    } else {
      return;
    }
    process.exitCode = 1;
  });

  const limitMs = Number(process.env.ROUTEMETER_TEST_FILE_LIMIT_MS);
  setTimeout(() => {
    const [running] = unfinished();
    const what =
      running === undefined
        ? 'all its tests have ended, but something keeps the process open'
        : `"${running.description}" is still running`;
    console.log(`not ok - cut after ${limitMs / 1000} s: ${what}`);
    console.log(`  open: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, limitMs).unref();
}
