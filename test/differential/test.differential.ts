import { tap } from '@push.rocks/tapbundle';
import { compare } from './compare.js';

const RUNS = 100;
/** Fixed, so that a failure can be repeated; `FC_SEED` tries another one. */
const SEED = Number(process.env['FC_SEED'] ?? 20_261_121);

tap.test(`${RUNS} random scenarios: bare and wrapped, the peers see the same (seed ${SEED})`, async () => {
  await compare(RUNS, SEED);
});

export default tap.start({ throwOnError: true });
