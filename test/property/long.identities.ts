import { tap } from '@push.rocks/tapbundle';
import * as fc from 'fast-check';
import { actions, play } from './randomlives.js';

const RUNS = 5_000;
/** Another one each time; a failure prints it, and `FC_SEED` repeats it. */
const SEED = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);

tap.test(`every identity holds at every read over ${RUNS} random lives (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(actions, (script) => play(script, (source) => source)),
    { seed: SEED, numRuns: RUNS },
  );
});

export default tap.start({ throwOnError: true });
