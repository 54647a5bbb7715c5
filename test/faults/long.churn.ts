import { tap } from '@push.rocks/tapbundle';
import { churn } from './churn.js';

const MINUTES = 10;

tap.test(`${MINUTES} min of churn: no client, name or route comes twice, and the heap stays flat`, async () => {
  await churn(MINUTES * 60_000);
});

export default tap.start({ throwOnError: true });
