import { tap } from '@push.rocks/tapbundle';
import { compare } from './compare.js';

const RUNS = 1_000;
/** Another one each time; a failure prints it, and `FC_SEED` repeats it. */
const SEED = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);

tap.test(`${RUNS} random scenarios: bare and wrapped, the peers see the same (seed ${SEED})`, async () => {
  await compare(RUNS, SEED);
});

export default tap.start({ throwOnError: true });
